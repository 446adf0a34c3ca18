"""Event files of Keras, PyTorch and Lightning."""

import numpy as np
import pytest

from pages.training import log_import
from tests.pages.training.event_files import event_file
from tests.pages.training.logs.reading import points, problem_of, read_all, read_one

NAME = "events.out.tfevents.1"


def by_epoch(tag, *values, start=0):
    return [(tag, start + index, value) for index, value in enumerate(values)]


def test_several_runs_in_one_folder():
    found = read_all(
        [(f"logs/{run}/{NAME}", event_file(by_epoch("epoch_loss", loss))) for run, loss in [("a", 1), ("b", 2)]]
    )
    assert {curves.name: points(curves, "loss") for curves in found} == {"logs/a": {1: 1}, "logs/b": {1: 2}}


def test_two_trainings_that_logged_into_the_same_folder_are_apart():
    first = event_file(by_epoch("epoch_loss", 3, 2), time=1000)
    second = event_file(by_epoch("epoch_loss", 9, 8), time=5000)
    found = read_all([("run/events.out.tfevents.2", second), ("run/events.out.tfevents.1", first)])
    assert [curves.name for curves in found] == ["run", "run (2)"]
    assert [points(curves, "loss") for curves in found] == [{1: 3, 2: 2}, {1: 9, 2: 8}]
    assert all("2 trainings" in curves.notes[0] for curves in found)


def test_a_resumed_training_goes_on_in_the_same_curve():
    first = event_file(by_epoch("epoch_loss", 4, 3, 2), time=1000)
    second = event_file(by_epoch("epoch_loss", 2.5, 1, start=2), time=5000)
    (curves,) = read_all([("run/events.out.tfevents.1", first), ("run/events.out.tfevents.2", second)])
    assert points(curves, "loss") == {1: 4, 2: 3, 3: 2.5, 4: 1}
    assert curves.notes[0].startswith("1 value left out")


def test_the_scalar_epoch_of_lightning_places_its_values():
    points_of_log = [("epoch", step, float(step // 10)) for step in (4, 9, 14, 19)]
    points_of_log += [("train_loss_step", step, 1 / step) for step in (4, 9, 14, 19)]
    points_of_log += [
        ("val_loss", 9, 0.8),
        ("val_loss", 19, 0.7),
        ("train_loss_epoch", 9, 2),
        ("train_loss_epoch", 19, 1),
    ]
    curves = read_one(NAME, event_file(points_of_log))
    assert points(curves, "val_loss") == {1: 0.8, 2: 0.7}
    assert points(curves, "loss") == {1: 2, 2: 1}
    assert list(points(curves, "loss", "step")) == [4, 9, 14, 19]
    assert curves.metrics() == ["loss"]


def test_steps_that_are_no_epochs():
    curves = read_one(NAME, event_file([("Loss/train", step, 1.0) for step in (0, 50, 100)]))
    assert list(points(curves, "loss", "step")) == [0, 50, 100]
    assert curves.table.empty
    assert curves.notes == ()


def test_steps_that_are_taken_as_epochs_are_named():
    curves = read_one(NAME, event_file([("Loss/train", step, 1.0) for step in (1, 2, 3)]))
    assert list(points(curves, "loss")) == [1, 2, 3]
    assert any("taken as epochs" in note for note in curves.notes)


def test_folders_of_add_scalars():
    """As PyTorch 2.13 lays them out: ``<tag, / as _>_<curve>``, and below it if the curve's name has a slash."""
    curve = event_file(by_epoch("miou", 0.5, 0.6))
    (curves,) = read_all(
        [
            (f"runs/exp/{NAME}", event_file(by_epoch("Loss/train", 3, 2))),
            (f"runs/exp/miou_train/{NAME}", curve),
            (f"runs/exp/miou_val/{NAME}", event_file(by_epoch("miou", 0.3, 0.4))),
            (f"runs/exp/val_miou_class/road/{NAME}", event_file(by_epoch("val/miou", 0.7, 0.8))),
        ]
    )
    assert curves.name == "runs/exp"
    assert points(curves, "loss") == {1: 3, 2: 2}
    assert points(curves, "miou") == {1: 0.5, 2: 0.6}
    assert points(curves, "val_miou") == {1: 0.3, 2: 0.4}
    assert points(curves, "val_miou/class/road") == {1: 0.7, 2: 0.8}


@pytest.fixture(scope="module")
def keras_folder(tmp_path_factory):
    """Train with Keras' callback, which logs batches as well, and return the folder's files."""
    import keras

    folder = tmp_path_factory.mktemp("keras")
    pictures, labels = np.random.default_rng(0).random((8, 4)), np.arange(8) % 2
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    network.compile("sgd", "sparse_categorical_crossentropy")
    callback = keras.callbacks.TensorBoard(str(folder / "mine"), update_freq=1, histogram_freq=1)
    history = network.fit(
        pictures, labels, batch_size=2, epochs=3, validation_data=(pictures, labels), verbose=0, callbacks=[callback]
    )
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return [(file.relative_to(folder).as_posix(), file.read_bytes()) for file in files], history.history


def test_a_keras_training_has_epochs_and_batches(keras_folder):
    files, history = keras_folder
    (curves,) = read_all(files)
    assert curves.name == "mine"
    for column in ("loss", "val_loss"):
        assert points(curves, column) == pytest.approx(dict(enumerate(history[column], start=1)), abs=1e-6)
    assert len(points(curves, "batch_loss", "step")) == 12
    notes = "\n".join(curves.notes)
    assert "histogram" in notes
    assert "evaluation_loss_vs_iterations" in notes


def test_scalars_of_tensorflow(tmp_path):
    import tensorflow as tf

    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        for step, value in [(100, 0.5), (200, 0.25)]:
            tf.summary.scalar("val/mIoU", value, step)
            tf.summary.text("words", "no scalar", step)
    (file,) = tmp_path.iterdir()
    curves = read_one(file.name, file.read_bytes())
    assert points(curves, "val_miou", "step") == {100: 0.5, 200: 0.25}
    assert curves.notes == ("1 tag left out, no scalars: words",)


def test_a_log_with_nothing_but_epochs_is_refused():
    assert "epoch" in problem_of(NAME, event_file([("epoch", 1, 1.0)]))


def test_more_scalars_than_memory_are_refused(monkeypatch):
    monkeypatch.setattr("pages.training.logs.formats.tensorboard.MAX_CELLS", 3)
    assert "more scalars" in problem_of(NAME, event_file([("a", 1, 1.0), ("b", 1, 1.0), ("b", 2, 1.0)]))


def test_one_damaged_file_does_not_hide_the_other_runs():
    found, problems = log_import.read(
        [(f"logs/a/{NAME}", b"damaged, though it is long enough"), (f"logs/b/{NAME}", event_file([("loss", 1, 1.0)]))]
    )
    assert [curves.name for curves in found] == ["logs/b"]
    assert problems[0].startswith(f"logs/a/{NAME}")
