"""Make the table of a dataset's classes from a file of classes or from the values that its masks hold."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from configs.errors import UserError
from data import class_files
from data.class_files import HELP, NamedClass
from data.formats.shared.contract import VOID, VOID_NAMES, ClassTable, Listing, SourceClass, Value
from data.formats.shared.tree import Tree
from data.label_space import BACKGROUND, IGNORE

SHOWN = 12
"""Values named in a message."""

_TABLES = (
    *("classes.txt", "classes.csv", "classes.json", "classes.yaml", "labels.txt", "labelmap.txt", "class_dict.csv"),
    *("label_colors.txt", "codes.txt", "classes.names", "obj.names", "class_names.txt", "class_dict_seg.csv"),
)
"""Names of the files of classes that programs put into a folder, in lower case."""


_LABELME = ("__ignore__", "_background_")
"""How Labelme's list of classes begins: the first has the number -1, which is 255 in a mask."""


def of_folder(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of a table at the top of a folder, or in a folder above its pictures, or None."""
    known = {name.lower(): path for name, path in tree.files.items()}
    first = [PurePosixPath(tree.relative(pair.image)) for pair in listing.pairs[:1]]
    above = [str(folder).lower() for path in first for folder in path.parents]
    for folder in reversed(above):
        for name in _TABLES:
            if path := known.get(name if folder == "." else f"{folder}/{name}"):
                return from_file(class_files.read(path), path.name)
    return None


_UNLESS = ", unless --classes FILE gives it a name."
"""The end of a note on what was assumed."""


def from_file(rows: Sequence[NamedClass], origin: str, *, named: bool = False) -> ClassTable:
    """Return the table that a file of classes describes.

    A class is marked by its number; without numbers by its colour, or if the labels of the format are names
    (``named``) by its name; without either by its position, counted as Labelme does where its list begins with what is
    ignored.
    """
    numbered, first_id = all(row.number is not None for row in rows), None
    if named:
        values: list[Value] = [row.name for row in rows]
    elif numbered:
        values = [row.number for row in rows if row.number is not None]
    elif all(row.colour for row in rows):
        values = [row.colour for row in rows if row.colour]
    elif [row.name for row in rows[:2]] == list(_LABELME):
        values = [IGNORE, *range(len(rows) - 1)]
    else:
        values, first_id = list(range(len(rows))), 0
    classes = tuple(SourceClass(row.name, (value,), row.colour) for row, value in zip(rows, values, strict=True))
    return ClassTable(classes, origin, void=void_of(classes), first_id=first_id)


def void_of(classes: Sequence[SourceClass]) -> str | None:
    """Return the name of the class that is not scored, told by its name, or None."""
    return next((one.name for one in classes if one.name.lower() in VOID_NAMES), None)


def completed(table: ClassTable, seen: Collection[Value | None], uncovered: str | None) -> tuple[ClassTable, list[str]]:
    """Return the table with what goes without saying, given the values ``seen`` in the masks; and a note on each.

    Uncovered pixels get the class ``uncovered`` of the format; 255 is void, as in PASCAL VOC; one or two classes
    without numbers of their own are those of binary masks; and classes known by number and colour are told by their
    colours in coloured masks.
    """
    notes = []
    values = {value for value in seen if value is not None}
    coloured = any(isinstance(value, str) and value.startswith("#") for value in values)
    if coloured and not table.by_colour and all(one.colour for one in table.classes):
        classes = tuple(replace(one, values=(one.colour or "",)) for one in table.classes)
        table = replace(table, classes=classes, first_id=None)
        notes.append("The masks are coloured, so the classes are told by their colours.")
    if uncovered is None and table.uncovered is None and values in ({0, 1}, {0, IGNORE}):
        table, more = _binary(table, max(value for value in values if isinstance(value, int)))
        notes += more
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


def _binary(table: ClassTable, high: int) -> tuple[ClassTable, list[str]]:
    """Return the table of masks that hold only 0 and ``high``, and notes on what was not written.

    A single name is that of ``high``, as 0 is what is not marked; of two classes, the second is 255 if 1 is not used.
    """
    only = f"The masks hold only 0 and {high}"
    if table.first_id == 0 and len(table.classes) == 1:
        (one,) = table.classes
        if one.name.lower() == BACKGROUND:
            both = (one, SourceClass("foreground", (high,)))
        else:
            both = (SourceClass(BACKGROUND, (0,)), replace(one, values=(high,)))
        note = f"{only}: 0 is taken as {both[0].name}, {high} as {both[1].name}{_UNLESS}"
        return replace(table, classes=both, first_id=None), [note]
    scored = [one for one in table.classes if one.name != table.void or one.values != (IGNORE,)]
    if high == IGNORE and [one.values for one in scored] == [(0,), (1,)]:
        first, second = scored
        void = [replace(one, values=()) for one in table.classes if one not in scored]
        classes = (first, replace(second, values=(high,)), *void)
        return replace(table, classes=classes), [f"{only}: {high} is taken as {second.name}{_UNLESS}"]
    return table, []


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
