"""Reads label maps that another program wrote: what their values mean is decided once, for all files of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import datasets
from data.class_codes import Codes, class_ids, known_colours, official_colours, own_colours
from data.label_space import IGNORE, LabelSpace
from data.mask_file import MaskFile, decode_mask
from data.mask_reading import readings

WAYS = {"grey": "as grey values", "palette": "with a palette", "colour": "in colours"}
"""The ways of writing a label map."""
GREY = 0x010101
"""The step between two greys as 24-bit colours."""


@dataclass(frozen=True)
class Convention:
    """What the values of the label maps of a folder mean.

    Attributes:
        title: Says it in a few words.
        codes: The class id of each value, or of each 24-bit colour, or ``IGNORE``; all others have no class.
        by_colour: Whether it is the colours that tell.
        fault: Why the label maps can't be read, or "".
    """

    title: str
    codes: Codes
    by_colour: bool
    fault: str = ""

    def read(self, path: Path, size: tuple[int, int], space: LabelSpace) -> NDArray[np.uint8]:
        """Return the class ids of a label map of ``size`` (height, width).

        Raises ``UserError`` naming the file if it is damaged, has another size, or has pixels without a class.
        """
        file = decoded(path, space, size)
        keys = {value: file.colours[value] if self.by_colour and file.colours else value for value in file.present}
        table = np.full(256, IGNORE, np.uint8)
        table[list(keys)] = [self.codes.get(key, IGNORE) for key in keys.values()]
        labels = np.asarray(table[file.values], np.uint8)
        if (missing := int((labels == IGNORE).sum())) and not self.fault:
            y, x = np.argwhere(labels == IGNORE)[0]
            key = keys[int(file.values[y, x])]
            what = f"colour #{key:06x}" if self.by_colour else f"value {key}"
            void = ", which is void" if key in self.codes else ""
            raise UserError(
                f"{path.name}: {missing:,} of {labels.size:,} pixels have no class, the first at x {x}, y {y} with the "
                f"{what}{void}"
            )
        return labels


@dataclass(frozen=True)
class _Summary:
    """What matters of one file: its name, how it is written, and the colour of each value in it, 0 if it has none."""

    name: str
    way: str
    colours: dict[int, int]
    binary: bool


def convention(paths: Sequence[Path], space: LabelSpace, dataset: str) -> Convention:
    """Find out what the values of label maps mean, from all of them together; damaged ones are left out.

    A single label map may not tell: one that has only 1 and 2 may count classes from 0 or from 1.
    """
    files = [summary for path in paths if (summary := _summary(path, space)) is not None]
    if not files:
        return Convention("", {}, by_colour=False)
    by_way = {way: [file.name for file in files if file.way == way] for way in WAYS}
    used = {way: names for way, names in by_way.items() if names}
    if len(used) > 1:
        told = ", ".join(f"{len(names)} {WAYS[way]} such as {names[0]}" for way, names in used.items())
        return Convention("", {}, by_colour=False, fault=f"the label maps are written in different ways: {told}")
    by_colour, together = _joined(files, space)
    try:
        found = readings(together, space, datasets.get(dataset).values)
    except UserError:
        return _likeliest(together, space, by_colour)
    if found.default is None:
        return Convention("", {}, by_colour, f"{found.question} Write class ids instead")
    reading = found.options[found.default]
    keys = {value: together.colours[value] if by_colour else value for value in together.present}
    return Convention(reading.title, {key: reading.table[value] for value, key in keys.items()}, by_colour)


def decoded(path: Path, space: LabelSpace, size: tuple[int, int] | None = None) -> MaskFile:
    """Decode a label map. Raises ``UserError`` if it is damaged or, unless ``size`` is None, has another size."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path.name}: cannot be read ({error.strerror})") from error
    file = decode_mask(content, path.name, size, space)
    if size is not None and file.size != size:
        raise UserError(
            f"{path.name}: is turned by a quarter against its picture of {size[1]}x{size[0]} (width x height)"
        )
    return file


def _summary(path: Path, space: LabelSpace) -> _Summary | None:
    """Return what matters of a file, or None if it can't be decoded."""
    try:
        file = decoded(path, space)
    except UserError:
        return None  # told when it is read
    way = "colour" if not file.positional else "palette" if file.colours else "grey"
    colours = {value: file.colours[value] if file.colours else 0 for value in file.present}
    return _Summary(path.name, way, colours, file.binary)


def _joined(files: Sequence[_Summary], space: LabelSpace) -> tuple[bool, MaskFile]:
    """Return whether colours tell the classes, and a mask with every value, or every colour, of all files."""
    name, way, binary = "the label maps", files[0].way, all(file.binary for file in files)
    of_value: dict[int, int] = {}
    is_one_palette = all(of_value.setdefault(*pair) == pair[1] for file in files for pair in file.colours.items())
    if way == "colour" or not is_one_palette:
        colours = sorted({colour for file in files for colour in file.colours.values()})
        if len(colours) > IGNORE:  # those that stand for no class are told file by file
            known = known_colours(space)
            colours = sorted(colours, key=lambda colour: colour not in known)[:IGNORE]
        values = np.arange(len(colours), dtype=np.uint8)[None]
        return True, MaskFile(name, values, tuple(colours), positional=False)
    values = np.array([sorted(of_value)], np.uint8)
    shown = tuple(of_value.get(value, 0) for value in range(256)) if way == "palette" else ()
    return False, MaskFile(name, values, shown, binary=binary)


def _likeliest(together: MaskFile, space: LabelSpace, by_colour: bool) -> Convention:
    """Return the reading of most values where none explains them all; the others are told file by file."""
    ids = class_ids(space)
    if not by_colour:
        return Convention("class ids", ids, by_colour)
    greys = {value * GREY: index for value, index in ids.items()}
    candidates = [own_colours(space), greys, *official_colours(space).values()]
    best = max(candidates, key=lambda codes: len(codes.keys() & set(together.colours)))
    return Convention("colours", best, by_colour)
