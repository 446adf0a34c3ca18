"""The settings of a config as one flat table of text."""

from collections.abc import Mapping
from typing import Any


def flatten(content: Mapping[str, Any], none: str = "none", prefix: str = "") -> dict[str, str]:
    """Return nested settings as one level, keys joined by dots and values as text, null and empty ones as ``none``.

    >>> flatten({"train": {"epochs": 3, "loss": None}, "size": [2, 4]})
    {'train.epochs': '3', 'train.loss': 'none', 'size': '2, 4'}
    """
    flat: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, none, f"{prefix}{key}.")
        else:
            flat[prefix + key] = _text(value, none)
    return flat


def _text(value: Any, none: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_text(one, none) for one in value) or none
    return none if value is None or value == {} else f"{value:g}" if isinstance(value, float) else str(value)
