"""Curves by epoch and by step."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.training.logs.log_file import LogError
from pages.training.logs.placement import training_curves
from pages.training.logs.table import Table
from tests.facts import mentions
from tests.pages.training.logs.reading import points, read_one

NONE = float("nan")


def place(columns, **options):
    return training_curves("log", Table(pd.DataFrame(columns, dtype=float)), "test", **options)


def test_several_values_in_an_epoch_are_by_step_and_one_is_by_epoch():
    curves = place(
        {"epoch": [0, 0, 0, 1, 1, 1], "step": [1, 2, 2, 3, 4, 4], "loss": [5, 4, NONE, 3, 2, NONE]}
        | {"val_loss": [NONE, NONE, 6, NONE, NONE, 7]}
    )
    assert points(curves, "loss", "step") == {1: 5, 2: 4, 3: 3, 4: 2}
    assert points(curves, "val_loss") == {1: 6, 2: 7}
    assert points(curves, "loss") == points(curves, "val_loss", "step") == {}


def test_a_value_from_within_an_epoch_is_by_step_even_if_it_is_the_only_one():
    curves = place(
        {"epoch": [0, 0, 1, 1], "step": [4, 9, 14, 19], "loss": [5, NONE, 4, NONE], "val_loss": [NONE, 3] * 2}
    )
    assert points(curves, "loss", "step") == {4: 5, 14: 4}
    assert points(curves, "val_loss") == {1: 3, 2: 3}


def test_a_name_says_whether_a_value_is_by_step():
    curves = place({"epoch": [0, 1], "step": [9, 19], "train_loss_step": [3, 2], "train_loss_epoch": [5, 4]})
    assert points(curves, "loss", "step") == {9: 3, 19: 2}
    assert points(curves, "loss") == {1: 5, 2: 4}


def test_a_row_with_a_step_only_belongs_to_the_epoch_that_ends_next():
    curves = place(
        {"epoch": [NONE, 0, NONE, 1, NONE], "step": [0, 9, 10, 19, 20], "lr": [0.3, NONE, 0.2, NONE, 0.1]}
        | {"loss": [NONE, 1, NONE, 2, NONE]}
    )
    assert points(curves, "learning_rate") == {1: 0.3, 2: 0.2}
    assert any(note.startswith("1 row") for note in curves.notes), "the rate of an epoch that did not end"


def test_steps_that_start_again_in_each_epoch_are_counted_on():
    curves = place({"epoch": [1, 1, 1, 2, 2, 2], "step": [0, 1, 2, 0, 1, 2], "loss": [6, 5, 4, 3, 2, 1]})
    assert points(curves, "loss", "step") == {0: 6, 1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
    assert any("start again" in note for note in curves.notes)


def test_everything_is_by_step_without_epochs():
    curves = place({"step": [10, 20], "train_loss_epoch": [3, 2], "val_miou": [0.1, 0.2]})
    assert curves.table.empty
    assert curves.metrics("step") == ["loss", "miou"]


def test_the_last_of_two_values_counts_and_the_other_is_counted():
    curves = place({"epoch": [1, 2, 2, 3], "loss": [4, 3, 2, 1]})
    assert points(curves, "loss") == {1: 4, 2: 2, 3: 1}
    assert [note.split(",")[0] for note in curves.notes] == ["1 row left out"]


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        ({"epoch": [0, 1], "loss": [2, 1]}, 1),
        ({"epoch": [0, 1], "val_loss": [2, 1]}, 1),
        ({"epoch": [1, 2], "loss": [2, 1]}, 1),
        ({"epoch": [5, 6], "loss": [2, 1]}, 5),
        ({"epoch": [0, 0.5, 1], "loss": [3, 2, 1]}, 0),
        ({"epoch": [0, 1, 2], "loss": [NONE, 2, 1], "val_loss": [3, 2, 1]}, 0),
    ],
    ids=["from 0", "validation only", "from 1", "a later part", "within epochs", "evaluated before the training"],
)
def test_epochs_count_from_1_where_that_is_sure(columns, first):
    assert place(columns).table["epoch"].iloc[0] == first


def test_a_second_metric_of_the_same_name_keeps_its_own():
    curves = place({"epoch": [1], "loss": [1], "train_loss": [2], "acc": [0.5], "accuracy": [0.6]})
    assert {name: points(curves, name)[1] for name in list(curves.table)[1:-1]} == {
        "loss": 1,
        "train_loss": 2,
        "acc": 0.5,
        "accuracy": 0.6,
    }


def test_what_is_left_out_is_counted_and_named():
    table = Table(
        pd.DataFrame({"epoch": [1, 2, NONE], "loss": [1, float("inf"), 3], "runtime": 1.0, "empty": NONE}),
        pd.DataFrame({"note": ["a", "b", "c"]}),
        ("an earlier note",),
    )
    curves = training_curves("log", table, "test", ignored=["runtime", "absent"])
    assert points(curves, "loss") == {1: 1}
    notes = "\n".join(curves.notes)
    for part in ("an earlier note", "loss (1)", "no metrics: runtime", "lists: note", "empty: empty", "1 row without"):
        assert part in notes
    assert "absent" not in notes


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"loss": [1]}, "epoch number"), ({"epoch": [NONE], "loss": [1]}, "epoch number"), ({"epoch": [1]}, "numbers")],
)
def test_a_table_without_curves_is_refused_by_name(columns, words):
    with pytest.raises(LogError, match=f"^log .*{words}"):
        place(columns)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.floats(-10, 10)), min_size=1, max_size=20))
def test_every_value_is_on_exactly_one_axis_or_counted(rows):
    rows = sorted(rows, key=lambda row: row[1])  # so that steps never start again
    curves = place(dict(zip(["epoch", "step", "loss"], zip(*rows, strict=True), strict=True)))
    drawn = len(points(curves, "loss")) + len(points(curves, "loss", "step"))
    assert not (points(curves, "loss") and points(curves, "loss", "step"))
    counted = sum(int(note.split()[0]) for note in curves.notes)
    assert drawn + counted == len(rows)


def test_a_training_that_starts_again_is_not_mixed_with_the_earlier_one():
    content = b"epoch,loss,val_loss\n0,1,1.1\n1,.9,1\n2,.8,.9\n0,.7,.8\n1,.6,.7\n"
    curves = read_one("log.csv", content)
    assert curves.table["epoch"].tolist() == [1, 2]
    assert curves.table["loss"].tolist() == [0.7, 0.6]
    assert any(mentions(note, "3 rows") for note in curves.notes)


def test_a_log_that_is_out_of_order_keeps_its_values():
    curves = read_one("log.csv", b"epoch,loss\n3,.7\n2,.8\n1,1\n")
    assert curves.table["loss"].tolist() == [1, 0.8, 0.7]
    assert curves.notes == ()
