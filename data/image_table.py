"""A user's own columns about images, from a CSV file: weather, camera, distance.

The first line has the names of the columns; the first column is the image's id, which may have the suffix of a picture.
A column of numbers stays one, any other becomes categories. Empty cells are values that nobody knows.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from configs import csv_tables
from configs.errors import UserError
from data.decode import SUFFIXES

MAX_BYTES = 5_000_000
MAX_ROWS, MAX_COLUMNS = 100_000, 50
MAX_CELL = 200
"""Characters of a cell; columns are conditions, not descriptions."""


@dataclass(frozen=True, eq=False)
class ImageTable:
    """Columns by name, each with a value for every image asked for.

    Numbers are float64 ``(N,)`` with ``nan`` where there is none, categories text with "" where there is none.
    ``matched`` counts the images that have a row.
    """

    numbers: dict[str, NDArray[np.float64]]
    categories: dict[str, tuple[str, ...]]
    matched: int


def parse(content: bytes, name: str, ids: Sequence[str]) -> ImageTable:
    """Read a file that was uploaded as ``name``, for the images ``ids``.

    Raises ``UserError``, which names the file and the line, if it is not such a table or has none of the images.
    """
    header, rows = _rows(_text(content, name), name)
    line_of: dict[str, int] = {}
    cells: dict[str, list[str]] = {}
    for line, row in rows:
        image = _id(row[0])
        if not image:
            raise UserError(f"{name}, line {line}: the first column is empty; it has the id of an image")
        if image in cells:
            raise UserError(f"{name}, line {line}: {image!r} has a row already, in line {line_of[image]}")
        line_of[image], cells[image] = line, row
    matched = sum(image in cells for image in ids)
    if not matched:
        raise UserError(
            f"{name}: none of its {len(cells):,} ids is one of the images, such as {ids[0]!r}; the first column, "
            f"{header[0]!r}, has to be the image's id, and has {next(iter(cells))!r} in line {rows[0][0]}"
        )
    unknown = [""] * len(header)
    chosen = [cells.get(image, unknown) for image in ids]
    numbers, categories = {}, {}
    for index, title in enumerate(header[1:], start=1):
        column = tuple(row[index] for row in chosen)
        if (values := _numbers(column)) is None:
            categories[title] = column
        else:
            numbers[title] = values
    return ImageTable(numbers, categories, matched)


def _text(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise UserError(f"{name}: has {len(content):,} bytes; a table of images may have {MAX_BYTES:,}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{name}, line {line}: is not UTF-8 text; save the table as CSV in UTF-8") from error


def _rows(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and the rows that are not empty with the numbers of their lines."""
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            row, line = [cell.strip() for cell in cells], reader.line_num
            if not any(row):
                continue
            if not header:
                header = _header(row, name, line)
                continue
            if len(row) != len(header):
                raise UserError(f"{name}, line {line}: has {len(row)} cells, but there are {len(header)} columns")
            if too_long := [cell for cell in row if len(cell) > MAX_CELL]:
                raise UserError(
                    f"{name}, line {line}: the cell {too_long[0][:20]!r}... has {len(too_long[0]):,} characters; "
                    f"it may have {MAX_CELL}"
                )
            if len(rows) == MAX_ROWS:
                raise UserError(f"{name}, line {line}: is one row too many; there may be {MAX_ROWS:,}")
            rows.append((line, row))
    except csv.Error as error:
        raise UserError(f"{name}, line {reader.line_num}: is not CSV ({error})") from error
    if not rows:
        raise UserError(f"{name}: has no rows; the first line names the columns, each other one describes an image")
    return header, rows


def _header(row: list[str], name: str, line: int) -> list[str]:
    if len(row) < 2:
        raise UserError(
            f"{name}, line {line}: has one column, {row[0][:MAX_CELL]!r}; the first has to be the image's id, the "
            "others what is known of it"
        )
    if len(row) > MAX_COLUMNS:
        raise UserError(f"{name}, line {line}: names {len(row):,} columns; there may be {MAX_COLUMNS}")
    for index, title in enumerate(row):
        if not title or len(title) > MAX_CELL:
            raise UserError(f"{name}, line {line}: column {index + 1} needs a name of 1 to {MAX_CELL} characters")
        if title in row[:index]:
            raise UserError(f"{name}, line {line}: two columns have the name {title!r}")
    return row


def _id(cell: str) -> str:
    """Return an image's id, which a cell may have with the suffix of a picture, and guarded as in tables saved here."""
    cell = csv_tables.plain(cell)
    path = PurePosixPath(cell)
    return cell[: -len(path.suffix)] if path.suffix.lower() in SUFFIXES else cell


def _numbers(column: Sequence[str]) -> NDArray[np.float64] | None:
    """Return a column as numbers; None if a cell is none or all are empty."""
    try:
        values = np.array([float(cell) if cell else math.nan for cell in column])
    except ValueError:
        return None
    known = np.array([bool(cell) for cell in column])
    return values if known.any() and np.isfinite(values[known]).all() else None
