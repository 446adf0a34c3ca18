"""Tables as CSV: what a spreadsheet would run is text, and everything else is as it was."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs import csv_tables
from configs.paths import ROOT

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("start", STARTS)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(start):
    name = f"{start}cmd|' /C calc'!A0"
    table = pd.DataFrame({name: [name, "cat"]})
    (header,), (first,), (second,) = csv.reader(io.StringIO(csv_tables.of_table(table), newline=""))
    assert (header, first, second) == (f"'{name}", f"'{name}", "cat")
    assert csv_tables.has_formulas(table)
    assert csv_tables.has_formulas(table.rename(columns={name: "name"}))
    assert not csv_tables.has_formulas(table.iloc[1:].rename(columns={name: "name"}))


def test_numbers_stay_numbers():
    table = pd.DataFrame(
        {
            "difference": [-0.25, np.nan, 1e-07],
            "small": np.array([-0.1, 0.5, 2], np.float32),
            "count": [-3, 0, 2**40],
            "as text": ["-0.500000", "+1", "-1e-05"],
        }
    )
    assert not csv_tables.has_formulas(table)
    assert csv_tables.of_table(table) == table.to_csv(index=False)
    assert csv_tables.line([-1, -0.5, None, float("nan")]) == "-1,-0.5,,\n"


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=4))
def test_every_text_comes_back(rows):
    read = list(csv.reader(io.StringIO(csv_tables.text(("a", "b"), rows), newline="")))
    assert read[0] == ["a", "b"]
    assert [[csv_tables.plain(cell) for cell in row] for row in read[1:]] == rows
    cells = [cell for row in read[1:] for cell in row]
    numbers = csv_tables._NUMBER.fullmatch
    assert not any(cell.startswith(STARTS) and not numbers(cell) for cell in cells)


@given(TEXT, st.sampled_from(";\t"))
def test_a_cell_is_not_parted_where_a_spreadsheet_parts_cells(text, separator):
    (line,) = csv.reader(io.StringIO(csv_tables.line([f"x{separator}={text}", 1]), newline=""), delimiter=separator)
    assert line[0].startswith(f"x{separator}=")


def test_all_tables_for_people_are_written_here():
    writing = re.compile(r"\.to_csv\(|\bcsv\.writer\b|\bDictWriter\b")
    found = {
        file.relative_to(ROOT).as_posix()
        for package in ("configs", "data", "models", "train", "pages")
        for file in (ROOT / package).rglob("*.py")
        if writing.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"train/run_folder.py"}, "history.csv, which is read back"
