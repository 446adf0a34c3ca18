"""The meaning of the ids in a mask: class names, colours, and which ids are scored."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError

IGNORE = 255
"""In training masks only: a void or padding pixel, which is excluded from losses and scores."""

BACKGROUND = "background"
"""Name of the class of everything that is not an object, in every label space that has one."""

MAX_CLASSES = 255
"""Ids are ``uint8`` and 255 is ``IGNORE``."""


@dataclass(frozen=True)
class LabelSpace:
    """The classes of a dataset, in the order of their ids.

    Attributes:
        names: One name per class, all different.
        colours: One ``#rrggbb`` per class, all different.
        void: The id whose pixels are not scored and which models never predict, or None.
        stuff: Names of the classes that are not countable things, such as sky and road, in any order. They are scored
            like all others, but their regions are not objects; nor is the background, which is not listed here.

    Raises ``UserError`` if names and colours do not form a valid label space.

    Example:
        >>> space = LabelSpace(("pet", "background", "unknown"), ("#0072b2", "#f0e442", "#000000"), void=2)
        >>> len(space), space.scored, space.id_of("background")
        (3, (0, 1), 1)
        >>> LabelSpace(("sky", "car"), ("#0072b2", "#f0e442"), stuff=("sky",)).things
        (1,)
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    void: int | None = None
    stuff: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Validate names, colours, void and stuff."""
        if not 1 <= len(self.names) <= MAX_CLASSES:
            raise UserError(f"a label space has 1 to {MAX_CLASSES} classes, not {len(self.names)}")
        if len(self.colours) != len(self.names):
            counts = f"{len(self.names)} names, {len(self.colours)} colours"
            raise UserError(f"a label space needs one colour per class: {counts}")
        for colour in self.colours:
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
                raise UserError(f"a colour of a label space must look like #0072b2, not {colour!r}")
        if twice := _repeated(self.names):
            raise UserError(f"the class name {twice!r} appears twice in a label space; names must differ")
        if twice := _repeated(tuple(colour.lower() for colour in self.colours)):
            raise UserError(f"the colour {twice} appears twice in a label space; colours must differ")
        if self.void is not None and not 0 <= self.void < len(self.names):
            raise UserError(f"the void id must be 0 to {len(self.names) - 1}, not {self.void}")
        for name in self.stuff:
            if name not in self.names:
                raise UserError(f"stuff names the class {name!r}; the classes are {', '.join(self.names)}")

    def __len__(self) -> int:
        """Return the number of classes, void included: the number of output channels of a network."""
        return len(self.names)

    @cached_property
    def scored(self) -> tuple[int, ...]:
        """The ids that losses and scores include, ascending: all but void."""
        return tuple(index for index in range(len(self)) if index != self.void)

    @cached_property
    def background(self) -> int | None:
        """The id of the class ``background``, or None if there is no such class."""
        return self.names.index(BACKGROUND) if BACKGROUND in self.names else None

    @cached_property
    def things(self) -> tuple[int, ...]:
        """The ids of countable classes, ascending: every scored class but the background and ``stuff``."""
        return tuple(index for index in self.scored if index != self.background and self.names[index] not in self.stuff)

    def palette(self) -> NDArray[np.uint8]:
        """Return the colour of every possible id, ``(256, 3)`` RGB; ids without a class are black."""
        palette = np.zeros((256, 3), np.uint8)
        palette[: len(self)] = [list(bytes.fromhex(colour[1:])) for colour in self.colours]
        return palette

    def id_of(self, name: str) -> int:
        """Return the id of the class called ``name``. Raises ``UserError``, listing the names, if there is none."""
        if name not in self.names:
            raise UserError(f"there is no class {name!r}; the classes are {', '.join(self.names)}")
        return self.names.index(name)


def _repeated(values: tuple[str, ...]) -> str | None:
    """Return the first value that occurs twice, or None."""
    return next((value for index, value in enumerate(values) if value in values[:index]), None)
