"""Configs side by side, with what differs between them marked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

MARK = "≠"
ABSENT = "–"


def flatten(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as one level, keys joined by dots and values as text.

    >>> flatten({"train": {"epochs": 3, "loss": None}, "size": [2, 4]})
    {'train.epochs': '3', 'train.loss': 'none', 'size': '2, 4'}
    """
    flat: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.") or {f"{prefix}{key}": "none"}
        else:
            flat[prefix + key] = _text(value)
    return flat


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


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
