"""The table in a log: columns of numbers, columns of words, and what could not be read."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

MAX_ROWS = 100_000
MAX_COLUMNS = 500
MAX_CELLS = 3_000_000
NAMED = 6
"""The most names that a note lists."""
_GAPS = {"", "-", "–", "na", "n/a", "nan", "none", "null"}
_DECIMAL_POINT = re.compile(r"^[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$")
_DECIMAL_COMMA = re.compile(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$")


@dataclass(frozen=True)
class Table:
    """The rows of a log, in the order of the file.

    Attributes:
        numbers: Float columns by their name in the file; NaN where a cell is empty.
        words: The columns that hold text instead.
        notes: One clause for everything that was left out.
    """

    numbers: pd.DataFrame
    words: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The names of all columns."""
        return frozenset((*self.numbers, *self.words))


def table_of(cells: pd.DataFrame, notes: Collection[str] = ()) -> Table:
    """Return the table of cells that are numbers, text or missing.

    A number may be written as text, also with a decimal comma if no other cell of the table has a decimal point.
    """
    found = list(notes)
    texts = {str(column): pd.Series([_text(value) for value in cells[column]], dtype=object) for column in cells}
    read = {column: pd.to_numeric(values, errors="coerce") for column, values in texts.items()}
    if _has_decimal_commas(texts, read):
        texts = {column: values.str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True) for column, values in texts.items()}
        read = {column: pd.to_numeric(values, errors="coerce") for column, values in texts.items()}
    numbers, words = {}, {}
    for column, values in texts.items():
        unreadable = values[_unread(values, read[column])]
        if len(unreadable) and read[column].isna().all():
            words[column] = values.to_numpy()
            continue
        numbers[column] = read[column].to_numpy(float)
        if len(unreadable):
            first = unreadable.iloc[0][:20]
            found.append(f"{column}: {counted(len(unreadable), 'value')} left out, no number: {first!r}")
    return Table(pd.DataFrame(numbers, index=cells.index), pd.DataFrame(words, index=cells.index), tuple(found))


def table_of_records(records: Sequence[Mapping[str, Any]], notes: Collection[str] = ()) -> Table:
    """Return the table of JSON objects, up to a limit of rows and columns; ``train: {loss: 1}`` is ``train/loss``."""
    records = [_flat(record) for record in records]
    names = list(dict.fromkeys(str(key) for record in records for key in record))
    found = list(notes)
    if len(names) > MAX_COLUMNS:
        found.append(f"the {counted(len(names) - MAX_COLUMNS, 'column')} after the first {MAX_COLUMNS} are left out")
        names = names[:MAX_COLUMNS]
    rows = min(MAX_ROWS, MAX_CELLS // max(1, len(names)))
    if len(records) > rows:
        found.append(f"the {counted(len(records) - rows, 'row')} after the first {rows} are left out")
    cells = {name: [record.get(name) for record in records[:rows]] for name in names}
    return table_of(pd.DataFrame(cells, dtype=object), found)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the numbers of the objects in it beside its own."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Mapping) and value and all(isinstance(one, int | float) for one in value.values()):
            flat |= {f"{key}/{name}": one for name, one in value.items()}
        else:
            flat[str(key)] = value
    return flat


def left_out(columns: Collection[str], reason: str, noun: str = "column") -> list[str]:
    """Return a note that names columns which become no curve, and why; none if there are none."""
    return [f"{counted(len(columns), noun)} left out, {reason}: {listed(columns)}"] if columns else []


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Collection[str]) -> str:
    """Return names in one line, only the first few of many.

    >>> listed([str(number) for number in range(9)])
    '0, 1, 2, 3, 4, 5 and 3 more'
    """
    names = [str(name) for name in names]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _text(value: Any) -> str:
    """Return a cell as text; the empty text if it is missing."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        try:
            return repr(float(value))
        except OverflowError:
            return "inf"
    return value.strip() if isinstance(value, str) else "[…]"  # a list or an object is no value of a curve


def _unread(texts: pd.Series, numbers: pd.Series) -> pd.Series:
    """Return which cells hold something that is neither a number nor a gap."""
    unread = numbers.isna()
    unread[unread] = ~texts[unread].str.lower().isin(_GAPS)
    return unread


def _has_decimal_commas(texts: Mapping[str, pd.Series], numbers: Mapping[str, pd.Series]) -> bool:
    """Return whether numbers are written with a decimal comma: some are, and none with a point."""
    unread = {cell for column, values in texts.items() for cell in values[numbers[column].isna()].unique()}
    if not any(map(_DECIMAL_COMMA.fullmatch, unread)):
        return False
    return not any(values.str.contains(_DECIMAL_POINT).any() for values in texts.values())
