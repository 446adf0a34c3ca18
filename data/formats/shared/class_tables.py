"""Make the table of a dataset's classes from a file of classes or from the values that its masks hold."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from configs.errors import UserError
from data.class_files import HELP, NamedClass
from data.formats.shared.contract import VOID, VOID_NAMES, ClassTable, SourceClass, Value
from data.label_space import BACKGROUND, IGNORE

SHOWN = 12
"""Values named in a message."""

_UNLESS = ", unless --classes FILE gives it a name."
"""The end of a note on what was assumed."""


def from_file(rows: Sequence[NamedClass], origin: str, *, named: bool = False) -> ClassTable:
    """Return the table that a file of classes describes.

    A class is marked by its number; without numbers by its colour, or if the labels of the format are names
    (``named``) by its name; without either by its position.
    """
    first_id = None
    if named:
        values: list[Value] = [row.name for row in rows]
    elif all(row.number is not None for row in rows):
        values = [row.number for row in rows if row.number is not None]
    elif all(row.colour for row in rows):
        values = [row.colour for row in rows if row.colour]
    else:
        values, first_id = list(range(len(rows))), 0
    classes = tuple(SourceClass(row.name, (value,), row.colour) for row, value in zip(rows, values, strict=True))
    return ClassTable(classes, origin, void=void_of(classes), first_id=first_id)


def void_of(classes: Sequence[SourceClass]) -> str | None:
    """Return the name of the class that is not scored, told by its name, or None."""
    return next((one.name for one in classes if one.name.lower() in VOID_NAMES), None)


def completed(table: ClassTable, seen: Collection[Value | None], uncovered: str | None) -> tuple[ClassTable, list[str]]:
    """Return the table with what goes without saying, given the values ``seen`` in the masks; and a note on each.

    Uncovered pixels get the class ``uncovered`` of the format; 255 is void, as in PASCAL VOC; two classes without
    numbers of their own are 0 and 255 in masks that hold nothing else; and classes known by number and colour are told
    by their colours in coloured masks.
    """
    notes = []
    values = {value for value in seen if value is not None}
    coloured = any(isinstance(value, str) and value.startswith("#") for value in values)
    if coloured and not table.by_colour and all(one.colour for one in table.classes):
        classes = tuple(replace(one, values=(one.colour or "",)) for one in table.classes)
        table = replace(table, classes=classes, first_id=None)
        notes.append("The masks are coloured, so the classes are told by their colours.")
    if [one.values for one in table.classes] == [(0,), (1,)] and values <= {0, IGNORE} and IGNORE in values:
        first, second = table.classes
        table = replace(table, classes=(first, replace(second, values=(IGNORE,))))
        notes.append(f"The masks hold only 0 and {IGNORE}: {IGNORE} is taken as {second.name}{_UNLESS}")
    if IGNORE in values and IGNORE not in table.ids():
        table, note = with_void(table, (IGNORE,))
        notes.append(note)
    if uncovered is not None and table.uncovered is None:
        if all(one.name != uncovered for one in table.classes):
            extra = SourceClass(uncovered, ())
            table = replace(
                table,
                classes=(*table.classes, extra) if uncovered == VOID else (extra, *table.classes),
                void=uncovered if uncovered == VOID and table.void is None else table.void,
            )
        table = replace(table, uncovered=uncovered)
    return table, notes


def with_void(table: ClassTable, values: tuple[Value, ...]) -> tuple[ClassTable, str]:
    """Return the table with values that are not scored, and a note that says so."""
    listed = ", ".join(map(str, values))
    if table.void is None:
        void = SourceClass(VOID, values)
        return replace(
            table, classes=(*table.classes, void), void=VOID
        ), f"The value {listed} is taken as void{_UNLESS}"
    classes = tuple(
        replace(one, values=(*one.values, *values)) if one.name == table.void else one for one in table.classes
    )
    return replace(table, classes=classes), f"The value {listed} is taken as {table.void}{_UNLESS}"


def guessed(seen: Collection[Value | None]) -> tuple[ClassTable, str]:
    """Return the table of masks that hold only 0 and one other value, 1 or 255, and a note that says so.

    Raises ``UserError``, with the values and how a file of classes looks, for all others: nothing tells what they mean.
    """
    values = {value for value in seen if value is not None}
    if values in ({0, 1}, {0, IGNORE}):
        high = max(value for value in values if isinstance(value, int))
        table = ClassTable((SourceClass(BACKGROUND, (0,)), SourceClass("foreground", (high,))), "the masks")
        return table, f"The masks hold only 0 and {high}: taken as {BACKGROUND} and foreground{_UNLESS}"
    raise UserError(
        f"nothing says what the values {named(values)} of the masks mean; name the classes with --classes FILE: {HELP}"
    )


def named(values: Collection[Value]) -> str:
    """Return values for a message, at most ``SHOWN``: numbers by size, then the others.

    >>> named([3, "#ff0000", 1])
    '1, 3, #ff0000'
    """
    ordered = sorted(
        values, key=lambda value: (isinstance(value, str), value if isinstance(value, int) else 0, str(value))
    )
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(map(str, ordered[:SHOWN])) + more
