"""What a format tells about a folder: its pictures, its classes, and what marks the pixels of one picture."""

from collections import Counter
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

Box = tuple[int, int, int, int]
"""Left, top, width and height of an object, in pixels of the picture."""


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
        first_id: The number of the first class if only a convention says so: the numbers go on from it in the order of
            the classes. None if each class has a mark of its own.
    """

    classes: tuple[SourceClass, ...]
    origin: str
    void: str | None = None
    uncovered: str | None = None
    stuff: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    first_id: int | None = None

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
    """What marks each pixel of a picture.

    Attributes:
        codes: ``(H, W)``, indices into ``values``.
        values: What they stand for, None for uncovered; objects of one class may have a code each.
        objects: The code and the box of every object, hidden ones included, where the format knows objects.
        palette: Red, green and blue of each value of a palette picture that is read by number; empty for others.
    """

    codes: NDArray[np.integer]
    values: Sequence[Value | None]
    objects: Sequence[tuple[int, Box]] = ()
    palette: bytes = b""

    def pixels(self) -> dict[Value | None, int]:
        """Return the number of pixels of each value that occurs."""
        found = Counter[Value | None]()
        for code, pixels in enumerate(self._counts()):
            if pixels:
                found[self.values[code]] += int(pixels)
        return dict(found)

    def visible(self) -> list[tuple[Value | None, Box]]:
        """Return value and box of the objects of which at least a pixel is not hidden by others."""
        counts = self._counts()
        return [(self.values[code], box) for code, box in self.objects if counts[code]]

    def _counts(self) -> NDArray[np.int64]:
        """Return the number of pixels of each code."""
        counts = np.zeros(len(self.values), np.int64)
        for rows in row_chunks(self.codes.shape):  # bincount takes 8 bytes for each pixel
            counts += np.bincount(self.codes[rows].ravel(), minlength=len(self.values))
        return counts


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
