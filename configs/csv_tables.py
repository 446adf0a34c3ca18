"""Tables as CSV for people, who open them in spreadsheets: no cell is one that a spreadsheet would run as a formula.

A spreadsheet computes a cell that begins like a formula, even one that fetches a page or starts a program, and names of
files, classes and models come from strangers. As OWASP advises (https://owasp.org/www-community/attacks/CSV_Injection),
such text gets an apostrophe in front. Numbers stay numbers, negative ones, too.
"""

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_RUN = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How text begins that is a formula, in the full-width letters of some languages, too, or would be after ``plain``."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_QUOTED = re.compile('[",;\t\r\n]')
"""What text is quoted for: spreadsheets part cells at a semicolon or a tab, too."""


def guarded(text: str) -> str:
    """Return text as a cell that no spreadsheet runs.

    >>> guarded("=1+1"), guarded("-0.5"), guarded("cat"), guarded("'quoted'")
    ("'=1+1", '-0.5', 'cat', "'quoted'")
    """
    return f"'{text}" if _RUN.match(text) and not _NUMBER.fullmatch(text) else text


def plain(cell: str) -> str:
    """Return the text of which ``guarded`` made a cell.

    >>> [plain(guarded(text)) for text in ("=1", "'=1", "''", "cat")]
    ['=1', "'=1", "''", 'cat']
    """
    return cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell


def line(cells: Iterable[Any]) -> str:
    """Return a line of a table; None and NaN are empty cells."""
    return ",".join(map(_cell, cells)) + "\n"


def text(columns: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table with these columns and rows."""
    return line(columns) + "".join(map(line, rows))


def of_table(table: "pd.DataFrame") -> str:
    """Return a table without its index; missing values are empty cells."""
    columns = [
        [None if missing else value for value, missing in zip(column.to_numpy(), column.isna(), strict=True)]
        for _, column in table.items()
    ]
    return text(table.columns, zip(*columns, strict=True))


def has_formulas(table: "pd.DataFrame") -> bool:
    """Return whether a table has text that is guarded, in a cell or the name of a column."""
    cells = (value for _, column in table.items() if column.dtype.kind == "O" for value in column)
    return any(isinstance(one, str) and guarded(one) != one for values in (table.columns, cells) for one in values)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return _quoted(guarded(value) if isinstance(value, str) else str(value))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell
