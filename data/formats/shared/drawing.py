"""Check the outlines that annotation tools write as JSON before they are drawn."""

from pathlib import Path
from typing import Any

from configs.errors import UserError
from data.formats.shared.text_files import sequence

MAX_JSON_BYTES = 200_000_000
"""Of the JSON of one picture, which may hold the picture itself."""

_FAR = 100_000
"""Largest coordinate: Pillow's drawing takes time in proportion to the size of a shape, also outside of the picture."""


def check_size(height: Any, width: Any, size: tuple[int, int], path: Path) -> None:
    """Raise ``UserError`` if a file was made for a picture of another size; one that does not say passes."""
    if None not in (height, width) and (height, width) != size:
        raise UserError(f"{path}: is for a picture of {width}x{height}, but it is {size[1]}x{size[0]} (width x height)")


def points(content: Any, origin: str) -> list[tuple[float, float]]:
    """Return a list of corners. Raises ``UserError``, with ``origin`` for where it stands, unless it is one."""
    found = []
    for entry in sequence(content, f"{origin}: its corners"):
        if not isinstance(entry, list) or len(entry) != 2 or not all(_is_coordinate(number) for number in entry):
            raise UserError(f"{origin}: has the corner {str(entry)[:60]}; it should be two numbers, x and y")
        found.append((entry[0], entry[1]))
    return found


def _is_coordinate(number: Any) -> bool:
    return (
        isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= _FAR  # not of a NaN
    )
