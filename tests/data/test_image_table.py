"""A user's own columns about images."""

import numpy as np
import pytest

from configs import csv_tables
from configs.errors import UserError
from data import image_table
from data.image_table import parse
from tests.facts import facts

IDS = ["one", "two", "three"]


def test_words_become_categories_and_numbers_stay_numbers():
    text = "file,weather,distance\ntwo.jpg,rain,3.5\n\none, sun ,-1\nelsewhere,fog,9\n"
    table = parse(b"\xef\xbb\xbf" + text.encode(), "t.csv", IDS)
    assert table.categories == {"weather": ("sun", "rain", "")}
    np.testing.assert_array_equal(table.numbers["distance"], [-1, 3.5, np.nan])
    assert table.matched == 2


def test_a_table_may_be_separated_by_semicolons_or_tabs():
    for mark in ";\t":
        assert parse(f"id{mark}a,b{mark}c\none{mark}x{mark}".encode(), "t.csv", IDS).categories["a,b"] == ("x", "", "")


def test_only_finite_numbers_are_numbers():
    for cell in ("nan", "inf", "1e999", "1,5"):
        assert parse(f'id,a\none,"{cell}"\n'.encode(), "t.csv", IDS).categories == {"a": (cell, "", "")}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["t.csv", "no rows"]),
        (b"id,a\n", ["t.csv", "no rows"]),
        (b"weather\nrain\n", ["t.csv", "line 1", "one column", "weather"]),
        (b"id,a,a\none,1,2\n", ["t.csv", "line 1", "'a'"]),
        (b"id,\none,1\n", ["t.csv", "line 1", "column 2"]),
        (b"id,a\none,1\ntwo,1,2\n", ["t.csv", "line 3", "3 cells", "2 columns"]),
        (b"id,a\none,1\n,2\n", ["t.csv", "line 3", "empty"]),
        (b"id,a\none,1\ntwo,1\none.png,2\n", ["t.csv", "line 4", "'one'", "line 2"]),
        (b"name,a\nfour,1\n", ["t.csv", "'one'", "'name'", "'four'", "line 2"]),
        (b"id,a\none,gr\xfcn\n", ["t.csv", "line 2", "UTF-8"]),
        (b'id,a\none,"x\n', ["t.csv", "CSV"]),
        (b"id,a\none," + b"x" * 201 + b"\n", ["t.csv", "line 2", "201"]),
        (b"id," + b",".join(b"c%d" % index for index in range(60)) + b"\n", ["t.csv", "line 1", "61", "50"]),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(content, words):
    with pytest.raises(UserError, match=facts(*words)):
        parse(content, "t.csv", IDS)


def test_too_large_tables_are_refused(monkeypatch):
    monkeypatch.setattr(image_table, "MAX_ROWS", 2)
    with pytest.raises(UserError, match=facts("t.csv", "line 4", 2)):
        parse(b"id,a\none,1\ntwo,1\nthree,1\n", "t.csv", IDS)
    monkeypatch.setattr(image_table, "MAX_BYTES", 20)
    with pytest.raises(UserError, match=facts("t.csv", 25, 20)):
        parse(b"id,a\none,1\ntwo,1\nthree,1\n", "t.csv", IDS)


def test_ids_may_be_guarded_as_in_tables_that_were_saved_here():
    ids = ["=one", "'=two", "three"]
    text = csv_tables.text(("id", "a"), [(ident, number) for number, ident in enumerate(ids)])
    assert parse(text.encode(), "t.csv", ids).numbers["a"].tolist() == [0, 1, 2]
