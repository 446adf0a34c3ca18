"""Read CSV as training programs write it: padded, with decimal commas, appended to by a resumed training."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from pages.training.logs.table import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Table, counted, table_of

SEPARATORS = ",;\t"
AXES = {"epoch", "epochs", "step", "iteration", "iter", "global_step"}
"""Names of the columns that count; a later line with one of them and without a number is a header."""


@dataclass
class _Block:
    """A header and the rows below it, by their line in the file."""

    names: list[str]
    rows: dict[int, list[str]] = field(default_factory=dict)


class _Ragged(NamedTuple):
    """A row that does not fit its header."""

    line: int
    cells: int
    names: int


def parse(text: str) -> Table | None:
    """Return the table of a CSV text, or None if it is none.

    A header may come again with other columns, as when a training is resumed with other metrics. A row with more or
    fewer cells than its header is left out and counted: Keras' ``CSVLogger`` appends the metrics of a resumed training
    in a new order below the old header, so nobody knows which value is which.
    """
    try:
        blocks, ragged, unread = _blocks(text)
    except csv.Error:
        return None
    if not blocks:
        return None
    notes = [_ragged_note(ragged)] if ragged else []
    if unread:
        kept = sum(len(block.rows) for block in blocks)
        notes.append(f"the {counted(unread, 'row')} after the first {kept} are left out")
    if (surplus := max(len(block.names) for block in blocks) - MAX_COLUMNS) > 0:
        notes.append(f"the {counted(surplus, 'column')} after the first {MAX_COLUMNS} are left out")
    if unnamed := max(block.names.count("") for block in blocks):
        notes.append(f"{counted(unnamed, 'column')} without a name left out")
    return table_of(pd.concat([_frame(block) for block in blocks]), notes)


def _blocks(text: str) -> tuple[list[_Block], list[_Ragged], int]:
    """Return the headers with their rows, the rows that do not fit, and how many rows were too many."""
    blocks: list[_Block] = []
    ragged: list[_Ragged] = []
    total = cells_kept = unread = 0
    reader = csv.reader(io.StringIO(text), delimiter=_separator(text), skipinitialspace=True)
    for row in reader:
        cells = _without_empty_end([cell.strip() for cell in row])
        if not cells or (not blocks and row[0].lower().startswith("sep=")):
            continue
        if not blocks or _is_header(cells, blocks[-1].names):
            blocks.append(_Block(_unique(cells)))
        elif len(cells) <= len(blocks[-1].names) <= len(row):  # further cells have to be empty
            if total < MAX_ROWS and cells_kept < MAX_CELLS:
                blocks[-1].rows[reader.line_num] = cells[:MAX_COLUMNS]
                total, cells_kept = total + 1, cells_kept + min(len(cells), MAX_COLUMNS)
            else:
                unread += 1
        else:
            ragged.append(_Ragged(reader.line_num, len(cells), len(blocks[-1].names)))
    return blocks, ragged, unread


def _separator(text: str) -> str:
    """Return the separator that the header has most of; Excel may name it in a line of its own."""
    lines = text.lstrip("\r\n").split("\n", 2)
    header = lines[1] if lines[0].lower().startswith("sep=") and len(lines) > 1 else lines[0]
    return max(SEPARATORS, key=header.count)


def _frame(block: _Block) -> pd.DataFrame:
    """Return the rows of a block, without columns that have no name."""
    names = block.names[:MAX_COLUMNS]
    rows = [cells + [""] * (len(names) - len(cells)) for cells in block.rows.values()]
    frame = pd.DataFrame(rows, columns=names, index=list(block.rows), dtype=object)
    return frame.loc[:, [bool(name) for name in names]]


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a line below the first header is a header as well."""
    if any(_is_number(cell) for cell in cells):
        return False
    return cells[0] == names[0] or any(cell.lower() in AXES for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names of columns, repeated ones numbered."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return unique


def _ragged_note(ragged: Sequence[_Ragged]) -> str:
    """Say which rows were left out because they do not fit their header, and how to put it right."""
    line, cells, names = ragged[0]
    remedy = "put a line with their names above them"
    if cells == 2 * names - 1:
        remedy += ", or separate the columns by ; if these are decimal commas"
    return (
        f"{counted(len(ragged), 'row')} left out, the first in line {line}: {counted(cells, 'value')} under "
        f"{counted(names, 'column name')}, so it is unknown which is which; {remedy}"
    )
