"""What a format tells about a folder: its pictures, its classes, and what marks the pixels of one picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.dataset import Pair
from data.label_space import BACKGROUND
from data.row_chunks import row_chunks

VOID = "void"
"""Name of the class that is not scored, in the tables that formats make."""

VOID_NAMES = ("void", "ignore", "ignored", "unlabeled", "unlabelled", "unknown", "__ignore__")
"""A class of one of these names in a table of classes is not scored."""

Value = int | str
"""What marks a class in the files: a number, a colour ``#rrggbb``, or a name."""


@dataclass(frozen=True)
class SourceClass:
    """A class, the values that mark it, and its colour ``#rrggbb``, or None to have one assigned."""

    name: str
    values: tuple[Value, ...]
    colour: str | None = None


@dataclass(frozen=True)
class ClassTable:
    """The classes of a folder, in the order of their ids.

    Attributes:
        origin: Where they come from, in words.
        void: Name of the class that is not scored, or None.
        uncovered: Name of the class of pixels that no label covers, or None if every pixel has a value.
        stuff: Names of the classes that are not countable.
        notes: What else a user should know about them, one sentence each.
        counted: Whether the values are only the places of the classes in a list.
    """

    classes: tuple[SourceClass, ...]
    origin: str
    void: str | None = None
    uncovered: str | None = None
    stuff: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counted: bool = False

    @property
    def by_colour(self) -> bool:
        """Whether colours mark the classes."""
        return any(isinstance(value, str) and value.startswith("#") for one in self.classes for value in one.values)

    def ids(self) -> dict[Value | None, int]:
        """Return the id of every value; that of None is the id of uncovered pixels."""
        known: dict[Value | None, int] = {
            value: index for index, one in enumerate(self.classes) for value in one.values
        }
        if self.uncovered is not None:
            known[None] = [one.name for one in self.classes].index(self.uncovered)
        return known


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder.

    Attributes:
        splits: The pairs by ``train``, ``val`` and ``test``; those of no split are under the empty name.
        without_mask: Pictures that have no annotation, as paths within the folder; they are left out.
        without_picture: Annotations that have no picture, likewise.
        notes: What else a user should know, one sentence each.
    """

    splits: Mapping[str, Sequence[Pair]]
    without_mask: Sequence[str] = ()
    without_picture: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def pairs(self) -> list[Pair]:
        """All pairs."""
        return [pair for members in self.splits.values() for pair in members]


@dataclass(frozen=True)
class Labels:
    """What marks each pixel of a picture: ``codes`` ``(H, W)`` are indices into ``values``, None for uncovered.

    ``palette`` are the red, green and blue of each value of a palette picture that is read by number, else it is empty.
    """

    codes: NDArray[np.integer]
    values: Sequence[Value | None]
    palette: bytes = b""

    def pixels(self) -> dict[Value | None, int]:
        """Return the number of pixels of each value that occurs."""
        counts = np.zeros(len(self.values), np.int64)
        for rows in row_chunks(self.codes.shape):  # bincount takes 8 bytes for each pixel
            counts += np.bincount(self.codes[rows].ravel(), minlength=len(self.values))
        return {self.values[int(code)]: int(counts[code]) for code in np.flatnonzero(counts)}


def merged(classes: Iterable[SourceClass]) -> tuple[SourceClass, ...]:
    """Return the classes with those of one name made one, which has the values of all.

    >>> merged([SourceClass("cat", (1,)), SourceClass("dog", (2,)), SourceClass("cat", (7,))])[0].values
    (1, 7)
    """
    known: dict[str, SourceClass] = {}
    for one in classes:
        earlier = known.get(one.name, SourceClass(one.name, (), one.colour))
        known[one.name] = SourceClass(one.name, (*earlier.values, *one.values), earlier.colour)
    return tuple(known.values())


def with_background(classes: tuple[SourceClass, ...]) -> tuple[tuple[SourceClass, ...], str]:
    """Return the classes with a background, first unless there is one already, and its name.

    >>> with_background((SourceClass("cat", (1,)), SourceClass("Background", (2,))))[1]
    'Background'
    """
    own = next((one.name for one in classes if one.name.lower() == BACKGROUND), None)
    return (classes, own) if own else ((SourceClass(BACKGROUND, ()), *classes), BACKGROUND)
