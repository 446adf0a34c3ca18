"""Tables of any program, first of all of Keras' CSVLogger."""

import pytest

from tests.facts import mentions
from tests.pages.training.logs.reading import json_lines, points, problem_of, read_one


@pytest.fixture(scope="module")
def keras_log(tmp_path_factory):
    """Return a function that trains twice with ``CSVLogger`` on one file and returns the file's content."""
    import keras
    import numpy as np

    pictures, labels = np.random.default_rng(0).random((8, 4)), np.arange(8) % 2

    def train(first, second, **options):
        file = tmp_path_factory.mktemp("keras") / "log.csv"
        keras.utils.set_random_seed(0)
        for start, metrics, append in [(0, first, False), (2, second, True)]:
            network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
            network.compile("sgd", "sparse_categorical_crossentropy", metrics=metrics)
            logger = keras.callbacks.CSVLogger(str(file), append=append)
            split = {"validation_data": (pictures, labels), **options}
            network.fit(pictures, labels, epochs=start + 2, initial_epoch=start, verbose=0, callbacks=[logger], **split)
        return file.read_bytes()

    return train


def test_a_resumed_keras_training_with_the_same_metrics(keras_log):
    curves = read_one("log.csv", keras_log(["accuracy"], ["accuracy"], validation_freq=2))
    assert list(points(curves, "loss")) == list(points(curves, "accuracy")) == [1, 2, 3, 4]
    assert list(points(curves, "val_loss")) == [2, 4]
    assert curves.notes == ()


def test_a_resumed_keras_training_with_more_metrics(keras_log):
    content = keras_log([], ["accuracy"])
    header, *rows = content.decode().split()
    assert len(rows[-1].split(",")) > len(header.split(",")), "Keras writes no new header"
    curves = read_one("log.csv", content)
    assert list(points(curves, "loss")) == [1, 2]
    (note,) = curves.notes
    assert note.startswith("2 rows left out, the first in line 4")


def test_a_resumed_keras_training_with_as_many_other_metrics(keras_log):
    """Keras puts the loss under accuracy, since it comes first in the alphabet, and the mean IoU under loss."""
    import keras

    mean_iou = keras.metrics.MeanIoU(2, sparse_y_true=True, sparse_y_pred=False)
    curves = read_one("log.csv", keras_log(["accuracy"], [mean_iou], validation_data=None))
    assert any("other names" in note and "epoch 3" in note for note in curves.notes)


def test_curves_that_cross_are_no_jump():
    rows = "".join(f"{epoch},{0.1 * epoch},{1 - 0.1 * epoch}\n" for epoch in range(1, 10))
    assert read_one("log.csv", f"epoch,accuracy,loss\n{rows}").notes == ()


def test_a_header_for_the_resumed_part_makes_it_readable(keras_log):
    lines = keras_log([], ["accuracy"]).decode().splitlines()
    lines.insert(3, "epoch,accuracy,loss,val_accuracy,val_loss")
    curves = read_one("log.csv", "\n".join(lines))
    assert list(points(curves, "loss")) == list(points(curves, "val_loss")) == [1, 2, 3, 4]
    assert list(points(curves, "val_accuracy")) == [3, 4]


@pytest.mark.parametrize(
    ("content", "loss", "val_loss"),
    [
        ("Epoch;loss;val_loss\n1;0,90;0,95\n2;0,70;0,80\n", {1: 0.9, 2: 0.7}, {1: 0.95, 2: 0.8}),
        (
            "epoch,loss\n0,0.9\n1,0.8\nepoch,loss,val_loss\n2,0.7,0.9\n3,0.6,0.8\n",
            {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6},
            {3: 0.9, 4: 0.8},
        ),
        ("phase,epoch,loss\ntrain,1,3\nval,1,4\ntrain,2,1\nval,2,2\n", {1: 3, 2: 1}, {1: 4, 2: 2}),
        (json_lines({"epoch": 1, "train_loss": 3, "val_loss": 4}, {"epoch": 2, "train_loss": 1}), {1: 3, 2: 1}, {1: 4}),
        ('[{"epoch": 1, "loss": 3}, {"epoch": 2, "val_loss": 4}]', {1: 3}, {2: 4}),
        ("epoch,loss,val_loss\n1,3,4\n".encode("utf-16"), {1: 3}, {1: 4}),
    ],
    ids=["decimal comma", "header changes", "parts on rows of their own", "JSON lines", "JSON list", "UTF-16"],
)
def test_losses_by_epoch(content, loss, val_loss):
    curves = read_one("log", content)
    assert points(curves, "loss") == loss
    assert points(curves, "val_loss") == val_loss
    assert curves.notes == ()


@pytest.mark.parametrize("name", ["step", "Iteration", "global_step"])
def test_a_table_that_counts_steps(name):
    curves = read_one("log.csv", f"{name},loss\n10,3\n20,2\n")
    assert points(curves, "loss", "step") == {10: 3, 20: 2}


def test_rows_wider_than_the_header_are_never_shifted():
    problem = problem_of("log.csv", "epoch,loss,val_loss\n1,2.8,2.7,0.07\n2,1.7,2.2,0.03\n")
    for part in ("log.csv", "2 rows", "4 values under 3 column names"):
        assert part in problem


def test_decimal_commas_between_commas_are_refused_with_the_remedy():
    assert "decimal commas" in problem_of("log.csv", "epoch,loss,val_loss\n1,0,9,0,8\n")


@pytest.mark.parametrize(("times", "known"), [("10,20", True), ("10,9", False)])
def test_a_column_time_counts_only_if_it_is_the_time_since_the_start(times, known):
    first, second = times.split(",")
    curves = read_one("log.csv", f"epoch,time,loss\n1,{first},3\n2,{second},2\n")
    assert curves.has_values("time") is known
    assert any("time" in note for note in curves.notes) is not known


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"train_loss": 0.9}', "no column epoch"),
        ('{\n "train_loss": 0.9\n}', "no list of logged values"),
        ("[" * 100_000, "not a CSV table"),
        (b"\x93NUMPY\x01\x00", "not a CSV table"),
        ("loss,val_loss\n1,2\n", "no column epoch"),
    ],
)
def test_a_file_that_counts_nothing_is_refused_with_the_reason(content, words):
    assert words in problem_of("log.json", content)


def test_a_row_for_each_value_becomes_a_column_for_each_metric():
    curves = read_one("m.csv", b"step,metric,value\n0,loss,1.2\n0,val_loss,1.3\n1,loss,1\n1,val_loss,1.1\n")
    assert curves.steps["loss"].tolist() == [1.2, 1]
    assert curves.steps["val_loss"].tolist() == [1.3, 1.1]


def test_a_history_of_weights_and_biases():
    content = (
        b",_step,_runtime,_timestamp,train/loss,val/loss\n0,0,1.5,1.7e9,1.2,\n1,1,2.5,1.7e9,,1.1\n2,2,3.5,1.7e9,1,\n"
    )
    curves = read_one("history.csv", content)
    assert curves.steps["loss"].dropna().tolist() == [1.2, 1]
    assert curves.steps["time"].tolist() == [1.5, 2.5, 3.5]
    assert curves.metrics() == ["loss"]


def test_json_lines_may_nest_the_metrics_of_each_part():
    content = b'{"epoch": 1, "train": {"loss": 1}, "val": {"loss": 2, "miou": 0.3}}\n'
    curves = read_one("log.jsonl", content)
    assert curves.table[["loss", "val_loss", "val_miou"]].iloc[0].tolist() == [1, 2, 0.3]


def test_columns_that_are_no_numbers_are_named_where_none_is_left():
    problem = problem_of("log.csv", b"epoch;step;loss\n1;1.000;0,9\n2;2.000;0,8\n")
    assert mentions(problem, "loss", "text")


@pytest.mark.parametrize(("spelling", "axis"), [("Epoch", "epoch"), ("STEP", "step"), ("global_step", "step")])
def test_a_column_beside_another_spelling_of_it_counts(spelling, axis):
    curves = read_one("log.csv", f"{spelling},{axis},loss\n7,1,0.5\n9,2,0.4\n".encode())
    assert points(curves, "loss", axis) == {1: 0.5, 2: 0.4}
