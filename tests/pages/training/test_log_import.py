"""Import of the logs of Keras, Ultralytics and TensorBoard."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.training import log_import
from pages.training.curves import TrainingCurves
from pages.training.logs.formats import formats
from pages.training.logs.log_file import LogFile
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


def test_files_of_the_same_name_are_two_runs():
    found, _ = log_import.read([("results.csv", b"epoch,loss\n1,2\n"), ("results.csv", b"epoch,loss\n1,3\n")])
    assert [(curves.name, curves.table["loss"].tolist()) for curves in found] == [
        ("results.csv", [2]),
        ("results.csv (2)", [3]),
    ]


def test_files_of_the_same_name_in_two_folders_are_named_by_the_folder():
    found, _ = log_import.read(
        [("exp/b/results.csv", b"epoch,loss\n1,3\n"), ("exp/a/results.csv", b"epoch,loss\n1,2\n")]
    )
    assert [curves.name for curves in found] == ["exp/a/results.csv", "exp/b/results.csv"]


def test_a_number_already_taken_is_not_given_again():
    names = ["a", "a", "a (2)", "a"]
    curves = [TrainingCurves(name, pd.DataFrame(), "") for name in names]
    assert [each.name for each in log_import.distinct(curves)] == ["a", "a (2)", "a (2) (2)", "a (3)"]
    assert [each.name for each in log_import.distinct(curves[:1], ["a"])] == ["a (2)"]


def test_other_files_of_a_folder_are_ignored_and_those_like_logs_named():
    others = [("exp/best.pt", b"\x00"), ("exp/args.yaml", b"a: 1"), ("exp/config.json", b'{"a": 1}')]
    found, problems = log_import.read([("exp/results.csv", KERAS), *others])
    assert [curves.name for curves in found] == ["exp/results.csv"]
    assert len(problems) == 1
    assert problems[0].startswith("exp/config.json: 1 file")


def test_a_folder_without_a_log_says_so():
    found, (problem,) = log_import.read([(f"exp/{number}.png", b"\x00") for number in range(9)])
    assert found == []
    assert "9 files" in problem
    assert "no log" in problem


def test_the_formats_are_listed_for_the_visitor():
    known = "\n".join(log_import.known_formats())
    for program in (
        "Keras",
        "Lightning",
        "Hugging Face",
        "Ultralytics",
        "mmengine",
        "detectron2",
        "Weights",
        "TensorBoard",
    ):
        assert program in known


SAMPLES = {
    "detectron2": b'{"iteration": 1, "total_loss": 1}\n',
    "huggingface": b'{"log_history": [{"step": 1, "epoch": 1, "loss": 1}]}',
    "lightning": b"epoch,step,val_loss\n0,1,1\n",
    "mmengine": b'{"iter": 1, "step": 1, "loss": 1, "lr": 1}\n',
    "tensorboard": event_file([("loss", 1, 1.0)]),
    "tensorboard_csv": b"Wall time,Step,Value\n1,1,1\n",
    "ultralytics": ULTRALYTICS,
    "wandb": b'"Step","a - loss"\n"1","1"\n',
}
"""A small log of each format, by the name of its module."""


def test_there_is_a_sample_of_each_format():
    modules = {form.read.__module__.rpartition(".")[2] for form in formats()}
    assert modules == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_log_is_recognised_by_one_format_only_and_read_by_it(name):
    file = LogFile("events.out.tfevents.1" if name == "tensorboard" else "log", SAMPLES[name])
    (form,) = [form for form in formats() if form.recognises(file)]
    assert form.read.__module__.endswith(f".{name}")
    found, problems = log_import.read([(file.path, file.content)])
    assert len(found) == 1
    assert found[0].metrics()
    assert problems == []


@pytest.mark.parametrize("name", SAMPLES)
@given(cut=st.floats(0, 1), noise=st.binary(max_size=3))
@settings(max_examples=25)
def test_a_damaged_log_is_read_or_named(name, cut, noise):
    content = SAMPLES[name][: int(cut * len(SAMPLES[name]))] + noise
    path = "events.out.tfevents.1" if name == "tensorboard" else "log"
    found, problems = log_import.read([(path, content)])
    assert found or problems[0].startswith(path)
