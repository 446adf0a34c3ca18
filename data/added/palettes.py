"""Check that the numbers of palette masks mean the same in all of them."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from data import class_files
from data.added.survey import Survey
from data.formats.shared.contract import ClassTable
from data.label_space import IGNORE


def checked(table: ClassTable, seen: Survey) -> tuple[ClassTable, list[str]]:
    """Return the table, by colour if the palettes have its colours at other numbers, and a note that says so.

    Programs that make palettes themselves number the colours as they come.
    """
    shown = {number: set(colours) for number, colours in seen.shown.items() if number != IGNORE}
    known = {one.colour: one.name for one in table.classes if one.colour}
    if table.by_colour or len(known) < len(table.classes) or not shown:
        return table, []
    by_number = {value: one.name for one in table.classes for value in one.values}
    pairs = [(number, colour) for number, colours in shown.items() for colour in colours]
    if not all(colour in known for _, colour in pairs):
        return table, []
    if all(by_number.get(number) == known[colour] for number, colour in pairs):
        return table, []
    painted = tuple(replace(one, values=(one.colour or "",)) for one in table.classes)
    note = "The masks' palettes number the colours in another order, so the classes are told by their colours."
    return replace(table, classes=painted), [note]


def faults(table: ClassTable, seen: Survey) -> list[str]:
    """Return a sentence if a colour has different numbers in the palettes of different masks."""
    places: dict[str, dict[int, Path]] = defaultdict(dict)
    for number, colours in seen.shown.items():
        for colour, path in colours.items():
            places[colour][number] = path
    several = {colour: numbers for colour, numbers in places.items() if len(numbers) > 1}
    if not several or table.by_colour:
        return []
    colour, numbers = next(iter(several.items()))
    (one, first), (other, second), *_ = numbers.items()
    sentence = f"{colour} is {one} in the palette of {first} but {other} in that of {second}"
    advice = f"name the classes and their colours with --classes FILE: {class_files.HELP}"
    return [f"{sentence}, so numbers do not mean the same in all masks; {advice}"]
