"""Check that the numbers of palette masks mean the same in all of them: programs may make them up as colours come."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from data import class_files
from data.added.survey import Survey
from data.formats.shared.contract import ClassTable


def checked(table: ClassTable, seen: Survey) -> tuple[ClassTable, list[str]]:
    """Return the table, by colour if only that explains palettes that differ, and a note that says so."""
    known = {one.colour for one in table.classes if one.colour}
    shown = {colour for colours in seen.shown.values() for colour in colours}
    if table.by_colour or _unlike(seen) is None or len(known) < len(table.classes) or not shown <= known:
        return table, []
    painted = tuple(replace(one, values=(one.colour or "",)) for one in table.classes)
    note = "The palettes of the masks number the colours differently, so the classes are told by their colours."
    return replace(table, classes=painted, first_id=None), [note]


def faults(table: ClassTable, seen: Survey) -> list[str]:
    """Return a sentence if palettes give a colour different numbers, though the masks are read by number."""
    unlike = _unlike(seen)
    if table.by_colour or unlike is None:
        return []
    colour, numbers = unlike
    (one, first), (other, second), *_ = numbers.items()
    sentence = f"{colour} is {one} in the palette of {first} but {other} in that of {second}"
    advice = f"name the classes and their colours with --classes FILE: {class_files.HELP}"
    return [f"{sentence}, so numbers do not mean the same in all masks; {advice}"]


def _unlike(seen: Survey) -> tuple[str, dict[int, Path]] | None:
    """Return a colour that has several numbers, each with the first mask whose palette has it there, or None."""
    places: dict[str, dict[int, Path]] = defaultdict(dict)
    for number, colours in seen.shown.items():
        for colour, path in colours.items():
            places[colour][number] = path
    return next(((colour, numbers) for colour, numbers in places.items() if len(numbers) > 1), None)
