"""What an uploaded mask may mean: its pixels are class ids, ids counted from 1, colours, or just object and rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data.class_codes import Codes, class_ids, official_colours, own_colours, voc_colour
from data.label_space import IGNORE, LabelSpace
from data.mask_file import MaskFile
from data.mask_refusal import refusal

_BLACK_AND_WHITE = frozenset({0, 255})
_FROM_ONE = "ids counted from 1"
_TOLD = 4
"""The meaning of at most so many values is spelt out in the title of a reading."""


@dataclass(frozen=True)
class Reading:
    """One way to read a mask.

    Attributes:
        title: Says how, in a few words.
        table: The class id of each of the file's 256 values, or ``IGNORE``.
        documented: Whether it is the way that a mask is expected to be written: class ids or the classes' colours.
    """

    title: str
    table: bytes
    documented: bool = False

    def labels(self, file: MaskFile) -> NDArray[np.uint8]:
        """Return the class ids of the mask, ``(H, W)``; ``IGNORE`` where it is void."""
        return np.asarray(cv2.LUT(file.values, np.frombuffer(self.table, np.uint8)), np.uint8)


@dataclass(frozen=True)
class Readings:
    """The ways in which a mask can be read; a single one is certain.

    Attributes:
        options: The readings, all different on this mask, the likeliest first.
        default: The index of the reading to begin with, or None if none is likelier than the others.
        question: What to ask if there are several.
    """

    options: tuple[Reading, ...]
    default: int | None = 0
    question: str = "How is the mask to be read?"


def readings(file: MaskFile, label_space: LabelSpace, official: Codes | None = None) -> Readings:
    """Return the ways in which a mask can be read in a label space.

    Args:
        file: The decoded mask.
        label_space: The classes.
        official: The ids of the values in the official masks of the dataset, if these are not the ids themselves.

    Raises:
        UserError: If there is none; it counts the pixels without a class and names the first.

    Example:
        >>> pets = LabelSpace(("pet", "background", "border"), ("#e69f00", "#0072b2", "#f0e442"), stuff=("border",))
        >>> found = readings(MaskFile("mask.png", np.array([[0, 255]], np.uint8)), pets)
        >>> found.question, [reading.title for reading in found.options][:2]
        ('Which class is 255?', ['255 is pet, 0 is background', '255 is border, 0 is background'])
    """
    candidates = _Candidates(file, label_space, official or {})
    by_value, by_colour = candidates.by_value(), candidates.by_colour()
    if not by_value.options and not by_colour:
        raise UserError(refusal(file, label_space))
    if not by_colour:
        return by_value
    if not file.positional and candidates.values and candidates.values <= _BLACK_AND_WHITE:
        return Readings(_different([*by_value.options, *by_colour]), by_value.default, by_value.question)
    if file.positional:
        same = {reading.table for reading in by_value.options}
        if confirmed := [reading for reading in by_colour if reading.table in same]:
            return Readings((confirmed[0],))
        if candidates.painted_by_position():
            return by_value
    return Readings(_different([*by_colour, *by_value.options]))


class _Candidates:
    """The readings of one mask, from its values and from its colours."""

    def __init__(self, file: MaskFile, label_space: LabelSpace, official: Codes) -> None:
        self.file, self.space, self.official = file, label_space, official
        self.ids = class_ids(label_space)
        self.values = frozenset(file.labels.values())

    def by_value(self) -> Readings:
        """Return the readings of values as labels."""
        values, count = self.values, len(self.space)
        if not values:
            return Readings(())
        ids, shifted = self.ids, {value + 1: index for value, index in self.ids.items() if value < count}
        shifted |= {IGNORE: IGNORE}
        if count in values:
            shifted[0] = IGNORE  # as where 0 stands for pixels without a label
        other = max(values)
        unlike_ids = self.file.binary or other == IGNORE or (0 in values and other not in range(count))
        if values - {0} == {other} and unlike_ids:
            options = [*self._binary(other), self._reading("class ids", ids), self._reading(_FROM_ONE, shifted)]
            found = _different(options)
            sure = len(self.space.things) == 1 or len(found) == 1
            return Readings(found, 0 if sure else None, f"Which class is {other}?")
        official = self._reading("official values", self.official)
        options = [self._reading("class ids", ids, documented=True)]
        options.insert(0 if 0 not in values else 1, official)
        if 0 not in values or count in values:
            options.append(self._reading(_FROM_ONE, shifted))
        if values <= {0, 1}:
            options += self._binary(1)
        return Readings(_different(options))

    def by_colour(self) -> list[Reading]:
        """Return the readings of colours as classes; of a palette, only if its colours differ."""
        file = self.file
        shown = [file.colours[value] for value in file.present] if file.colours else []
        if shown and file.positional and self._has_own_palette():
            return list(_different([self._reading("class ids", self.ids, documented=True)]))
        if not shown or len(set(shown)) < len(shown):
            return []
        found = [self._painted("the classes' colours", own_colours(self.space), documented=True)]
        for title, colours in official_colours(self.space).items():
            if any(colours.get(colour, IGNORE) not in (IGNORE, self.space.background) for colour in shown):
                found.append(self._painted(f"the official colours of {title}", colours))
        return list(_different(found))

    def painted_by_position(self) -> bool:
        """Return whether the palette is one that says nothing of classes: greys, or VOC's for any program's ids."""
        colours = self.file.colours
        return any(
            all(colours[value] == of(value) for value in self.file.present)
            for of in (voc_colour, lambda value: value * 0x010101)
        )

    def _binary(self, value: int) -> list[Reading | None]:
        """Return the readings of a mask of 0 and one other value: things first, the background last."""
        space, rest = self.space, IGNORE if self.space.background is None else self.space.background
        classes = [*space.things, *(index for index in space.scored if index not in (*space.things, space.background))]
        found = [self._reading("", {value: index, 0: rest}) for index in classes]
        if space.background is not None:
            only = space.things[0] if len(space.things) == 1 else IGNORE
            found.append(self._reading("", {value: space.background, 0: only}))
        return found

    def _reading(self, title: str, codes: Codes, *, documented: bool = False) -> Reading | None:
        """Return the reading that gives each label its class, or None if one has none."""
        if not codes.keys() >= self.values:
            return None
        order = sorted(self.values, reverse=not title)
        told = ", ".join(f"{value} is {self._name(codes[value])}" for value in order[:_TOLD])
        told += ", …" if len(order) > _TOLD else ""
        table = self._table({value: codes[label] for value, label in self.file.labels.items()})
        return Reading(f"{title}: {told}" if title else told, table, documented)

    def _painted(self, title: str, codes: Codes, *, documented: bool = False) -> Reading | None:
        """Return the reading that gives each colour its class, or None if one has none."""
        colours = {value: self.file.colours[value] for value in self.file.present}
        if not codes.keys() >= set(colours.values()):
            return None
        return Reading(title, self._table({value: codes[colour] for value, colour in colours.items()}), documented)

    @staticmethod
    def _table(ids: Mapping[int, int]) -> bytes:
        return bytes(ids.get(value, IGNORE) for value in range(256))

    def _has_own_palette(self) -> bool:
        own = (self.space.palette() @ (1 << 16, 1 << 8, 1)).tolist()
        return all(self.file.colours[value] == own[value] for value in self.file.present)

    def _name(self, index: int) -> str:
        return "not scored" if index == IGNORE else self.space.names[index]


def _different(options: Iterable[Reading | None]) -> tuple[Reading, ...]:
    """Return the readings that exist, and of those that agree on the mask the first."""
    found: dict[bytes, Reading] = {}
    for reading in options:
        if reading:
            found.setdefault(reading.table, reading)
    return tuple(found.values())
