"""Configs side by side, with what differs between them marked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from pages.shared.content.config_table import flatten

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

MARK = "≠"
ABSENT = "–"


def table(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per setting and one column per run, and before them a column that marks the differences.

    Args:
        configs: Name of the run to its settings, nested as in its YAML file.
    """
    flat = {name: flatten(config) for name, config in configs.items()}
    keys = list(dict.fromkeys(key for settings in flat.values() for key in settings))
    rows = pd.DataFrame({name: [settings.get(key, ABSENT) for key in keys] for name, settings in flat.items()})
    marks = [MARK if len({settings.get(key, ABSENT) for settings in flat.values()}) > 1 else "" for key in keys]
    rows.insert(0, "Setting", keys)
    rows.insert(0, "Differs", marks)
    return rows


def lit(table: pd.DataFrame) -> "Styler":
    """Return a table as of ``table``; values that differ from the first run's are coloured, on light and dark alike."""
    first = table.columns[2]

    def row_style(row: "pd.Series[str]") -> list[str]:
        differs = [name not in {"Differs", "Setting"} and row[name] != row[first] for name in row.index]
        return ["background-color: rgba(214, 160, 40, 0.25); font-weight: 600" if one else "" for one in differs]

    return table.style.apply(row_style, axis=1)
