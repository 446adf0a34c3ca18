"""Import of the logs of Keras, Ultralytics and TensorBoard."""

import numpy as np
import pytest

from pages.training import log_import
from tests.pages.training.event_files import event_file

KERAS = (
    b"epoch,accuracy,learning_rate,loss,val_accuracy,val_loss,val_mean_io_u_1\n"
    b"0,.5,.001,1.2,.4,1.3,.3\n1,.6,.001,1,.5,1.1,.35\n"
)
ULTRALYTICS = (
    b"   epoch,    time, train/box_loss, train/seg_loss, metrics/mAP50(M), val/box_loss, val/seg_loss,   lr/pg0\n"
    b"       1,    60.5,              1,              2,              0.4,            1,          1.5,    0.001\n"
    b"       2,   120.5,              1,            1.5,              0.5,            1,          1.2,   0.0009\n"
)


def read_one(name, content):
    """Return the curves of one file."""
    (curves,), problems = log_import.read([(name, content)])
    assert problems == []
    return curves


def test_the_epochs_of_a_keras_log_start_at_0():
    table = read_one("log.csv", KERAS).table
    assert table["epoch"].tolist() == [1, 2]
    assert table["val_miou"].tolist() == [0.3, 0.35]
    assert table["loss"].tolist() == [1.2, 1.0]
    assert table["time"].isna().all()


def test_semicolons_and_values_that_are_not_numbers():
    table = read_one("log.csv", b"epoch;loss;note\n0;1.5;good\n1;n/a;bad\n").table
    assert table["loss"].tolist() == [1.5, pytest.approx(np.nan, nan_ok=True)]
    assert "note" not in table


def test_the_losses_of_an_ultralytics_log_are_summed():
    curves = read_one("results.csv", ULTRALYTICS)
    table = curves.table
    assert table["epoch"].tolist() == [1, 2]
    assert table["loss"].tolist() == [3, 2.5]
    assert table["val_loss"].tolist() == [2.5, 2.2]
    assert table["time"].tolist() == [60.5, 120.5]
    assert table["learning_rate"].tolist() == [0.001, 0.0009]
    assert curves.metrics() == ["loss", "learning_rate", "mAP50(M)"]


def test_the_history_of_a_run_has_times():
    table = read_one("history.csv", b"epoch,loss,val_miou,seconds\n1,2,.1,30\n2,1,.2,40\n").table
    assert table["epoch"].tolist() == [1, 2]
    assert table["time"].tolist() == [30, 70]


def test_the_last_row_of_a_repeated_epoch_wins():
    table = read_one("log.csv", b"epoch,loss\n1,3\n2,2\n2,1.5\n3,1\n").table
    assert table["loss"].tolist() == [3, 1.5, 1]


def test_a_folder_of_keras_tensorboard_logs():
    train = event_file([("epoch_loss", 0, 2.0), ("epoch_loss", 1, 1.0), ("epoch_learning_rate", 0, 0.5)])
    validation = event_file([("epoch_loss", 0, 3.0), ("epoch_loss", 1, 2.5), ("evaluation_loss_vs_iterations", 9, 1.0)])
    found, problems = log_import.read(
        [
            ("mine/train/events.out.tfevents.1", train),
            ("mine/validation/events.out.tfevents.2", validation),
            ("mine/checkpoint.bin", b"\x00\x01"),
        ]
    )
    assert problems == []
    (curves,) = found
    assert curves.name == "mine"
    assert curves.table["epoch"].tolist() == [1, 2]
    assert curves.table["loss"].tolist() == [2, 1]
    assert curves.table["val_loss"].tolist() == [3, 2.5]
    assert curves.table["time"].tolist() == [0, 10]


def test_tags_that_name_training_or_validation():
    content = event_file([("Loss/train", 1, 2.0), ("Loss/val", 1, 3.0), ("val/mean_iou", 1, 0.5)])
    table = read_one("events.out.tfevents.1", content).table
    assert table[["loss", "val_loss", "val_miou"]].to_numpy().tolist() == [[2, 3, 0.5]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10", "not a CSV table"),
        ("empty.csv", b"", "is empty"),
        ("begun.csv", b"epoch,loss\n", "epoch number"),
        ("words.csv", b"epoch,loss\nfirst,1\n", "epoch number"),
        ("infinite.csv", b"epoch,loss\n1,inf\n2,nan\n", "no column with numbers"),
        ("prices.csv", b"item,price\n1,2\n", "no column epoch"),
        ("bare.csv", b"epoch,note\n1,good\n2,bad\n", "no column with numbers"),
        ("events.out.tfevents.7", b"not an event file, though it is long enough", "not a TensorBoard event file"),
        ("events.out.tfevents.8", b"", "not a TensorBoard event file"),
    ],
)
def test_a_file_without_curves_is_named_with_the_reason(name, content, words):
    found, problems = log_import.read(
        [(name, content), ("log.csv" if not name.startswith("events") else "x.csv", KERAS)]
    )
    assert len(found) == 1, "the valid file is still read"
    (problem,) = problems
    assert problem.startswith(name)
    assert words in problem


def test_event_files_without_scalars_are_reported():
    found, problems = log_import.read([("run/events.out.tfevents.1", event_file([]))])
    assert found == []
    assert problems[0].startswith("run has no scalars")
