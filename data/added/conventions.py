"""What a folder may leave open about its masks: where their numbers begin, and whether numbers or colours count."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from configs.errors import UserError
from data.formats.shared.class_tables import with_void
from data.formats.shared.contract import ClassTable
from data.label_space import IGNORE

FIRST_IDS = (0, 1)
MARKS = ("numbers", "colours")


@dataclass(frozen=True)
class Convention:
    """What a user says about the masks: the number of the first class, and what marks a class; None to have it guessed.

    Where numbers begin at 1, 0 is not labelled.
    """

    first_id: int | None = None
    marked_by: str | None = None

    def applied(self, table: ClassTable, *, labels_all: bool) -> ClassTable:
        """Return the table read this way; with ``labels_all`` the masks have a value where nothing is labelled, too.

        Raises ``UserError`` if the table leaves no choice.
        """
        if self.marked_by is not None:
            table = _marked(table, self.marked_by)
        if self.first_id is None:
            return table
        if table.first_id is None:
            raise UserError(
                f"--first-id {self.first_id}: {table.origin} says for each class what marks it; leave the option out"
            )
        return _counted(table, self.first_id, labels_all=labels_all)


GUESSED = Convention()
"""Nothing is said."""


def others(table: ClassTable, said: Convention, *, labels_all: bool) -> Iterator[tuple[ClassTable, str, str]]:
    """Yield the other tables that the same classes may mean, each with its option and with what was assumed instead."""
    if table.first_id is not None and said.first_id is None:
        first = 1 - table.first_id
        option = f"--first-id {first}"
        name = table.classes[0].name
        was, would = f"{table.first_id} was taken as {name}", f"{first} is {name}"
        zero = " and 0 is not labelled"
        assumed = f"{was}{zero if table.first_id else ''}; with {option}, {would}{zero if first else ''}"
        sentence = f"{table.origin} does not say at which number the masks begin: {assumed}."
        yield Convention(first_id=first).applied(table, labels_all=labels_all), option, sentence
    if labels_all and said.marked_by is None and all(one.colour for one in table.classes if one.name != table.void):
        now, other = MARKS[table.by_colour], MARKS[not table.by_colour]
        option = f"--marked-by {other}"
        sentence = (
            f"The masks fit the numbers and the colours of the classes: the {now} were taken; {option} changes it."
        )
        yield Convention(marked_by=other).applied(table, labels_all=labels_all), option, sentence


def _marked(table: ClassTable, by: str) -> ClassTable:
    """Return the table with its classes marked by their colours, or by their numbers or else their positions."""
    if by == "numbers":
        if not table.by_colour:
            return table
        classes = tuple(replace(one, values=(index,)) for index, one in enumerate(table.classes))
        return replace(table, classes=classes, first_id=0)
    if bare := [one.name for one in table.classes if not one.colour]:
        raise UserError(
            f"--marked-by colours: {table.origin} gives no colour to {bare[0]}; name it with --classes FILE"
        )
    classes = tuple(replace(one, values=(one.colour or "",)) for one in table.classes)
    return replace(table, classes=classes, first_id=None)


def _counted(table: ClassTable, first: int, *, labels_all: bool) -> ClassTable:
    """Return the table with its numbers counted from ``first``; where that is 1, 0 is void."""
    before = table.first_id or 0
    if first == before:
        return table
    moved = {number: number + first - before for number in range(before, IGNORE)}
    classes = tuple(
        replace(
            one, values=tuple(moved.get(value, IGNORE) if isinstance(value, int) else value for value in one.values)
        )
        for one in table.classes
    )
    counted = replace(table, classes=classes, first_id=first)
    return with_void(counted, (0,))[0] if first and labels_all else counted
