"""Whole trainings of a tiny network on a tiny CamVid, most of them as a user starts them."""

import json
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from configs import interrupts, schema
from configs.files import sha256
from configs.schema import Experiment
from data import samples
from data.datasets.camvid import LABEL_SPACE
from models.inference.predictor import RunPredictor
from models.runs.run import HISTORY_COLUMNS, Run
from tests.facts import mentions
from tests.train.outcomes import INTERRUPTED, SHORT, TIMES, arrays, assert_same_arrays, history
from train.run_folder import RunFolder

if TYPE_CHECKING:
    from tests.train.conftest import Training

pytestmark = pytest.mark.timeout(1200)  # the first test waits for six trainings, each of which loads TensorFlow
EPOCHS = 6


def status(path: Path) -> dict[str, Any]:
    return json.loads((path / "status.json").read_text())


def evaluation(path: Path) -> dict[str, Any]:
    """Return the evaluation without its date."""
    document = json.loads((path / "evaluation.json").read_text())
    del document["val"]["date"]
    return document


def files(path: Path) -> set[str]:
    """Return all files of a run but TensorBoard's, whose names tell the time."""
    names = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
    return {name for name in names if not name.startswith("logs/")}


def logged(path: Path) -> dict[str, dict[int, float]]:
    """Return what TensorBoard shows of a run: the value of every tag by its epoch."""
    events = EventAccumulator(str(path / "logs"))
    events.Reload()
    return {
        tag: {event.step: float(make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)}
        for tag in events.Tags()["tensors"]
    }


@dataclass(frozen=True)
class Finished:
    """A finished training and its output."""

    path: Path
    experiment: Experiment
    out: str
    err: str


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, training: "Training", tiny: Callable[..., Experiment]):
    """Return an undisturbed training, which no test changes."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    result = training.run(tiny(), path)
    assert result.returncode == 0, result.stderr
    return Finished(path, tiny(), result.stdout, result.stderr)


@dataclass(frozen=True)
class Interruption:
    """A training that was interrupted, and the folder as it was left."""

    code: int
    err: str
    path: Path


@dataclass(frozen=True)
class Moment:
    """When a training is interrupted, and by which signal: as it writes a file, or once that is written."""

    file: str
    signal: signal.Signals
    when: Literal["written", "half written"] = "written"
    lines: int = 0


MOMENTS = {
    "before the first checkpoint": Moment("best.weights.h5", signal.SIGKILL),
    "before the history": Moment("last.npz", signal.SIGKILL),
    "by Ctrl-C": Moment("history.csv", signal.SIGINT, lines=3),  # the head and two epochs
    "while a file is written": Moment("last.npz", signal.SIGKILL, "half written"),
}
"""The moments at which a training is interrupted in turn; it is resumed after each."""


@pytest.fixture(scope="module")
def disturbed(
    tmp_path_factory: pytest.TempPathFactory, training: "Training", tiny: Callable[..., Experiment]
) -> tuple[Finished, dict[str, Interruption]]:
    """Return the same training, interrupted at each of the moments, and its state at each."""
    folder = tmp_path_factory.mktemp("disturbed")
    path = folder / "run"
    interruptions: dict[str, Interruption] = {}
    for name, moment in MOMENTS.items():
        resume = ["--resume"] if path.exists() else []
        itself = ["-c", INTERRUPTED, moment.file, moment.when, moment.lines, int(moment.signal)]
        ended = training.run(tiny(), path, *resume, program=itself)
        left = folder / str(len(interruptions))
        shutil.copytree(path, left)
        interruptions[name] = Interruption(ended.returncode, ended.stderr, left)
    result = training.run(tiny(), path, "--resume")
    assert result.returncode == 0, result.stderr
    return Finished(path, tiny(), result.stdout, result.stderr), interruptions


@pytest.mark.slow
def test_every_kill_came_before_the_end(disturbed):
    _, interruptions = disturbed
    killed = {name: left for name, left in interruptions.items() if MOMENTS[name].signal == signal.SIGKILL}
    assert {left.code for left in killed.values()} == {-signal.SIGKILL}
    first = interruptions["before the first checkpoint"]
    assert not (first.path / "checkpoints" / "last.npz").exists()
    assert "history.csv" in files(first.path)
    assert history(first.path).empty
    assert any(".part" in name for name in files(interruptions["while a file is written"].path))
    epochs = [len(history(left.path)) for left in interruptions.values()]
    assert epochs == sorted(epochs)
    assert 1 <= epochs[-1] < EPOCHS


@pytest.mark.slow
def test_killed_and_resumed_it_ends_with_identical_weights(finished, disturbed):
    resumed, _ = disturbed
    for name in ("model.weights.h5", "checkpoints/best.weights.h5"):
        assert_same_arrays(finished.path / name, resumed.path / name)
    assert sha256(finished.path / "model.weights.h5") == sha256(resumed.path / "model.weights.h5")
    with np.load(finished.path / "checkpoints/last.npz") as one, np.load(resumed.path / "checkpoints/last.npz") as two:
        assert set(one) == set(two)
        for name in set(one) - {"progress"}:
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)


@pytest.mark.slow
def test_killed_and_resumed_it_has_the_same_history_and_scores(finished, disturbed):
    resumed, _ = disturbed
    pd.testing.assert_frame_equal(
        history(finished.path).drop(columns=TIMES), history(resumed.path).drop(columns=TIMES), check_exact=True
    )
    assert evaluation(finished.path) == evaluation(resumed.path)
    assert status(finished.path)["message"] == status(resumed.path)["message"]
    assert (finished.path / "config.yaml").read_text() == (resumed.path / "config.yaml").read_text()


@pytest.mark.slow
def test_killed_and_resumed_it_leaves_the_same_files(finished, disturbed):
    resumed, interruptions = disturbed
    assert files(resumed.path) == files(finished.path)
    for preview in finished.path.glob("previews/*/*.png"):
        assert preview.read_bytes() == (resumed.path / preview.relative_to(finished.path)).read_bytes()
    assert status(resumed.path)["started"] == status(interruptions["before the first checkpoint"].path)["started"]
    values, others = logged(finished.path), logged(resumed.path)
    assert {tag: list(steps) for tag, steps in values.items()} == {tag: sorted(steps) for tag, steps in others.items()}
    assert values["val/miou"] == others["val/miou"]


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_with_the_run_usable(disturbed):
    _, interruptions = disturbed
    left = interruptions["by Ctrl-C"]
    assert left.code == interrupts.STOPPED
    epoch = len(history(left.path))
    path = left.path.parent / "run"
    assert left.err.startswith(f"stopped after epoch {epoch}; ")
    assert left.err.endswith(f" --resume --run-dir {path}\n")
    assert left.err.count("\n") == 1
    assert 1 <= epoch < EPOCHS
    said = status(left.path)
    assert (said["state"], said["epoch"]) == ("stopped", epoch)
    assert "--resume" in said["message"]
    assert Run(left.path, published=False).parameters()


@pytest.mark.slow
def test_the_run_that_ctrl_c_left_predicts(disturbed, cache, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    _, interruptions = disturbed
    predictor = RunPredictor.load(Run(interruptions["by Ctrl-C"].path, published=False), "float32")
    labels = predictor.predict(samples.get("street").load()[:50, :70]).labels
    assert labels.shape == (50, 70)
    assert set(np.unique(labels)) <= set(LABEL_SPACE.scored)


def test_it_reports_progress_and_prints_nothing_on_stderr(finished):
    assert finished.err == ""
    lines = finished.out.splitlines()
    assert lines[0] == f"training tiny into {finished.path}"
    assert [line.partition(":")[0] for line in lines[1:-1]] == [f"epoch {epoch} of 6" for epoch in range(1, 7)]
    for words in ("loss ", "val mIoU ", "images/s", "left"):
        assert all(words in line for line in lines[1:-1])
    miou = evaluation(finished.path)["val"]["miou"]
    assert lines[-1].startswith(f"finished: val mIoU {miou:.4f} ")
    assert lines[-1].endswith(f" {finished.path}")


def test_a_finished_run_has_all_its_files(finished):
    names = [f"val_{name}" for name in ("street0", "street1", "street2")]
    names += [f"sample_{picture.name}" for picture in samples.pictures("street")]
    previews = {f"previews/{name}/{epoch:04d}.png" for name in names for epoch in range(1, EPOCHS + 1)}
    assert files(finished.path) == previews | {
        "config.yaml",
        "status.json",
        "history.csv",
        "evaluation.json",
        "train_images.txt",
        "model.weights.h5",
        "checkpoints/best.weights.h5",
        "checkpoints/last.npz",
    }
    for name in previews:
        with Image.open(finished.path / name) as image:
            assert image.mode == "P"
            assert set(np.unique(np.asarray(image))) <= set(LABEL_SPACE.scored)


def test_its_config_is_the_one_it_was_trained_with(finished):
    own = schema.load(finished.path / "config.yaml")
    assert own.train.precision in ("float32", "bfloat16")
    train = finished.experiment.train.model_copy(update={"precision": own.train.precision})
    assert own == finished.experiment.model_copy(update={"train": train})


def test_its_status_says_finished(finished):
    said = status(finished.path)
    table = history(finished.path)
    best = int(table["val_miou"][1:].idxmax()) + 1  # the first epoch was measured at another size
    miou = evaluation(finished.path)["val"]["miou"]
    assert (said["state"], said["epoch"]) == ("finished", EPOCHS)
    assert mentions(said["message"], f"{EPOCHS} epochs", f"epoch {best}", "val", f"{miou:.4f}")
    assert datetime.fromisoformat(said["started"]) <= datetime.fromisoformat(said["heartbeat"])


def test_its_history_has_a_row_per_epoch_and_sensible_values(finished):
    table = history(finished.path)
    assert list(table.columns) == list(HISTORY_COLUMNS)
    assert list(table["epoch"]) == [1, 2, 3, 4, 5, 6]
    assert np.isfinite(table).all(axis=None)
    for name in ("accuracy", "miou", "val_accuracy", "val_miou"):
        assert table[name].between(0, 1).all()
    assert table["loss"].iloc[-1] < table["loss"].iloc[0], "the loss decreases"
    assert (table[TIMES] > 0).all(axis=None)


def test_its_learning_rate_follows_the_plateau(finished):
    """One epoch without a rise halves it from the next on; the second epoch, at another size, always counts as one."""
    table = history(finished.path)
    expected, best, drops = [], -1.0, 0
    for epoch, miou in zip(table["epoch"], table["val_miou"], strict=True):
        if epoch == 2:
            best = -1.0
        expected.append(0.02 * 0.5**drops)
        best, drops = (miou, drops) if miou > best else (best, drops + 1)
    np.testing.assert_allclose(table["learning_rate"], expected, rtol=1e-6)


def test_tensorboard_shows_every_epoch(finished):
    values, table = logged(finished.path), history(finished.path).set_index("epoch")
    assert values.keys() == {
        f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}" for name in table.columns
    }
    for tag, steps in values.items():
        column = table[tag.replace("val/", "val_").removeprefix("train/")]
        assert steps == {epoch: pytest.approx(value, rel=1e-5) for epoch, value in column.items()}


def test_it_keeps_the_hashes_of_what_it_was_trained_on(finished, streets):
    images = sorted((streets / "CamVid" / "train").iterdir())
    assert (finished.path / "train_images.txt").read_text().splitlines() == sorted(map(sha256, images))


def test_its_evaluation_covers_the_split(finished):
    document = evaluation(finished.path)
    assert document["val"]["images"]["count"] == 3
    assert document["val"]["subsets"].keys() == {"ground"}
    assert document["val"]["weights"] == sha256(finished.path / "model.weights.h5")


def test_a_finished_run_resumed_is_only_evaluated_again(finished, tmp_path, call, monkeypatch, cache):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    shutil.copytree(finished.path, tmp_path / "run")
    before = sha256(tmp_path / "run" / "checkpoints" / "last.npz")
    assert call(finished.experiment, tmp_path / "run", "--resume") == 0
    assert sha256(tmp_path / "run" / "checkpoints" / "last.npz") == before
    assert evaluation(tmp_path / "run") == evaluation(finished.path)
    assert status(tmp_path / "run")["state"] == "finished"


# Trainings in the tests' own process, which has TensorFlow loaded already.


def test_it_starts_from_the_weights_of_another_run(here, finished, tiny):
    overrides = ["train.small_start=null", "train.epochs=1", "train.learning_rate=1e-9", "train.weight_decay=0.0"]
    path = here(tiny(*overrides, f"train.initial_weights={finished.path}"))
    best = history(finished.path)["val_miou"][1:].max()
    assert history(path)["val_miou"].item() == pytest.approx(best, abs=0.02)
    assert history(here(tiny(*overrides), "random"))["val_miou"].item() < best


def test_divergence_is_reported(call, tiny, tmp_path, capsys):
    overrides = [*SHORT, "train.learning_rate=1e30", "train.gradient_clip=0"]
    assert call(tiny(*overrides, "train.precision=float32"), tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert re.search(r"epoch 1: .*\b(nan|inf)\b.* train\.learning_rate .*train\.gradient_clip", err)


# Mistakes are reported in one line and leave no files.


VOC = "model={architecture: mobilenetv2_pix2pix, upsampling_filters: [4, 4, 4, 4], dropout: 0.0}"
ENCODER = "train.encoder={frozen_epochs: 1, learning_rate_factor: 0.5}"
MISTAKES = {
    "no data": ([], ["--data-dir", "{}/none"], ["python -m data.prepare camvid --data-dir {}/none"]),
    "no such class": (["evaluate.subsets={city: [road, lorry]}"], [], ["evaluate.subsets.city: 'lorry'", "sky, build"]),
    "void in a subset": (["evaluate.subsets={city: [void]}"], [], ["evaluate.subsets.city: 'void'"]),
    "no such split": (["evaluate.split=night"], [], ["no split 'night'", "train, val"]),
    "no run to resume": ([], ["--resume"], ["{}/run: ", "--resume"]),
    "no encoder weights": ([VOC, ENCODER], ["--encoder-weights", "{}/none.h5"], ["--encoder-weights {}/none.h5"]),
    "bad encoder weights": (
        [VOC, ENCODER],
        ["--encoder-weights", "{}/file.h5"],
        ["{}/file.h5: ", "MobileNetV2", "--encoder-weights"],
    ),
    "no such run to start from": (["train.initial_weights=nobody"], [], ["nobody"]),
}


@pytest.mark.parametrize(("overrides", "arguments", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_refused_start_is_one_line_and_leaves_no_files(call, tiny, tmp_path, capsys, overrides, arguments, words):
    (tmp_path / "file.h5").write_text("no weights")
    (tmp_path / "tiny.yaml").write_text("")
    before = sorted(tmp_path.rglob("*"))
    filled = [argument.replace("{}", str(tmp_path)) for argument in arguments]
    assert call(tiny(*SHORT, "data.image_size=[32, 32]", *overrides), tmp_path / "run", *filled) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    for word in words:
        assert word.replace("{}", str(tmp_path)) in output.err
    assert sorted(tmp_path.rglob("*")) == before


def test_initial_weights_of_another_network_are_refused(call, tiny, tmp_path, finished, capsys):
    overrides = ["model.filters=[4, 16]", f"train.initial_weights={finished.path}"]
    assert call(tiny(*overrides), tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert "train.initial_weights: " in err
    assert " finished " in err
    assert " network" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_initial_weights_of_a_run_without_weights_are_refused(call, tiny, tmp_path, capsys):
    RunFolder.create(tmp_path / "new", tiny())
    assert call(tiny(f"train.initial_weights={tmp_path / 'new'}"), tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert "train.initial_weights: new " in err
    assert "no weights" in err
    assert err.count("\n") == 1


RESUMED_WRONGLY = {
    "another config": (["train.learning_rate=0.5"], None, "train.learning_rate: 0.02, not 0.5"),
    "a damaged checkpoint": ([], "checkpoints/last.npz", "last.npz: is damaged"),
    "other images": ([], "train_images.txt", "other images"),
    "a damaged config": ([], "config.yaml", "config.yaml: "),
}


@pytest.mark.parametrize(("overrides", "damaged", "words"), RESUMED_WRONGLY.values(), ids=RESUMED_WRONGLY.keys())
def test_a_run_that_cannot_be_resumed_is_unchanged(call, tiny, tmp_path, finished, capsys, overrides, damaged, words):
    path = tmp_path / "run"
    shutil.copytree(finished.path, path)
    if damaged:
        (path / damaged).write_text("damaged")
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    assert call(tiny(*overrides), path, "--resume") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert words in err
    assert {file: file.read_bytes() for file in before} == before


def test_a_run_is_never_overwritten(call, tiny, finished, capsys):
    before = sha256(finished.path / "status.json")
    assert call(tiny(), finished.path) == 2
    err = capsys.readouterr().err
    assert f"--run-dir {finished.path} " in err
    assert "--resume" in err
    assert err.count("\n") == 1
    assert sha256(finished.path / "status.json") == before


# The other backend.


@pytest.mark.slow
def test_the_same_config_trains_on_jax(training, tiny, finished, tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    experiment = tiny("train.epochs=2", "train.small_start=null", "train.precision=float32")
    result = training.run(experiment, tmp_path / "jax", KERAS_BACKEND="jax")
    assert (result.returncode, result.stderr) == (0, "")
    later = re.compile(r"previews/.*/000[3-6][.]png")
    assert files(tmp_path / "jax") == {name for name in files(finished.path) if not later.fullmatch(name)}
    assert len(history(tmp_path / "jax")) == 2
    ours, theirs = arrays(tmp_path / "jax" / "model.weights.h5"), arrays(finished.path / "model.weights.h5")
    assert {name: array.shape for name, array in ours.items()} == {name: array.shape for name, array in theirs.items()}
