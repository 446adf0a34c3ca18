"""CSV as training programs write it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.training.logs import csv_table, table
from pages.training.logs.csv_table import parse


def read(text):
    """Return the table of a CSV text, which must be one."""
    found = parse(text)
    assert found is not None
    return found


def cells(text):
    """Return the numbers of a table by column."""
    return read(text).numbers.fillna(-1).to_dict("list")


@pytest.mark.parametrize(
    "text",
    [
        "epoch,loss\n1,0.9\n2,0.7\n",
        "epoch,loss\r\n1,0.9\r\n2,0.7\r\n",
        "\n epoch ,  loss\n    1 ,   0.9\n\n    2 ,   0.7",
        "epoch;loss\n1;0,9\n2;0,7\n",
        "epoch\tloss\n1\t0,9\n2\t7e-1\n",
        'epoch,loss\n1,"0,9"\n2,"0,7"\n',
        "sep=;\nepoch;loss\n1;0.9\n2;0.7\n",
        '"epoch","loss"\n"1","0.9"\n"2","0.7"\n',
        "epoch,loss,\n1,0.9,\n2,0.7,\n",
        "epoch,loss\n1,0.9\nepoch,loss\n2,0.7\n",
    ],
    ids=["plain", "windows", "padded", "decimal comma", "tabs", "quoted comma", "excel", "quoted", "open end", "twice"],
)
def test_the_same_table_in_many_spellings(text):
    assert cells(text) == {"epoch": [1, 2], "loss": [0.9, 0.7]}
    assert read(text).notes == ()


def test_a_comma_is_no_decimal_comma_beside_decimal_points():
    found = read('epoch;step;loss\n1;"1,000";0.9\n2;7;0.8\n')
    assert found.numbers["step"].tolist()[1:] == [7]
    (note,) = found.notes
    assert "step: 1 value" in note
    assert "1,000" in note


def test_columns_that_a_resumed_training_adds():
    assert cells("epoch,loss\n0,0.9\nepoch,loss,val_loss\n1,0.7,0.8\n") == {
        "epoch": [0, 1],
        "loss": [0.9, 0.7],
        "val_loss": [-1, 0.8],
    }


def test_columns_that_a_resumed_training_reorders():
    assert cells("epoch,loss\n0,0.9\nepoch,accuracy,loss\n1,0.5,0.8\n") == {
        "epoch": [0, 1],
        "loss": [0.9, 0.8],
        "accuracy": [-1, 0.5],
    }


@pytest.mark.parametrize(
    ("row", "words"), [("2,0.5,0.7", "3 values under 2"), ("2", "1 value under 2"), ("2,,0.7", "3 values under 2")]
)
def test_a_row_that_does_not_fit_its_header_is_counted_and_named_by_its_line(row, words):
    found = read(f"epoch,loss\n1,0.9\n{row}\n3,0.6\n")
    assert found.numbers.to_dict("list") == {"epoch": [1, 3], "loss": [0.9, 0.6]}
    (note,) = found.notes
    assert note.startswith("1 row left out")
    assert "line 3" in note
    assert words in note


def test_gaps_are_no_fault_but_other_text_is_named():
    found = read("epoch,loss,note\n1,NA,good\n2,,bad\n3,nan,\n4,0.5,so\n5,oops,so\n")
    assert found.numbers["loss"].dropna().tolist() == [0.5]
    assert list(found.words) == ["note"]
    (note,) = found.notes
    assert note.startswith("loss: 1 value")
    assert "oops" in note


def test_columns_of_the_same_name_are_kept_apart():
    assert cells("epoch,loss,loss\n1,0.9,0.8\n") == {"epoch": [1], "loss": [0.9], "loss (2)": [0.8]}


def test_a_column_without_a_name_is_counted():
    found = read(",epoch,loss\n0,1,0.9\n")
    assert list(found.numbers) == ["epoch", "loss"]
    assert found.notes[0].startswith("1 column")


def test_rows_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_ROWS", 3)
    found = read("epoch,loss\n" + "".join(f"{epoch},1\n" for epoch in range(10)))
    assert len(found.numbers) == 3
    assert found.notes == ("the 7 rows after the first 3 are left out",)


def test_cells_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_CELLS", 6)
    found = read("epoch,loss\n" + "".join(f"{epoch},1\n" for epoch in range(10)))
    assert len(found.numbers) == 3
    assert "7 rows" in found.notes[0]


def test_columns_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_COLUMNS", 2)
    found = read("epoch,loss,a,b\n1,2,3,4\n2,3,4\n")
    assert found.numbers.to_dict("list") == {"epoch": [1], "loss": [2]}
    assert "3 values under 4" in found.notes[0]
    assert found.notes[1] == "the 2 columns after the first 2 are left out"


@pytest.mark.parametrize("text", ["", "\n\n", 'epoch,"loss\n' + "x" * 200_000])
def test_what_is_no_table(text):
    assert parse(text) is None


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=3, max_size=3), min_size=1, max_size=9),
    st.sampled_from([",", ";", "\t"]),
)
def test_every_number_comes_back_in_its_column(rows, separator):
    text = separator.join(["epoch", "a", "b", "c"]) + "\n"
    for index, row in enumerate(rows):
        text += separator.join([str(index), *("" if value is None else repr(value) for value in row)]) + "\n"
    found = read(text)
    assert found.notes == ()
    for position, column in enumerate("abc"):
        expected = [math.nan if row[position] is None else row[position] for row in rows]
        np.testing.assert_array_equal(found.numbers[column], expected)


def test_numbers_are_read_exactly():
    assert table.table_of_records([{"a": "0.1", "b": 10**400, "c": [1], "d": True}]).numbers.to_dict("list") == {
        "a": [0.1],
        "b": [float("inf")],
    }
