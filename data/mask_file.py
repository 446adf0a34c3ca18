"""Decode uploaded masks: the raw values of their pixels, before anyone has said what a value means."""

import io
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.errors import UserError
from data import decode as pictures
from data.class_codes import known_colours
from data.label_maps import label_histogram
from data.label_space import LabelSpace
from data.masks import check_size, grey_values, opened, packed, stored_as
from data.row_chunks import row_chunks

_COLOURS = 1 << 24
_LOSSY = ("JPEG", "MPO", "WEBP", "AVIF", "HEIF")


@dataclass(frozen=True)
class MaskFile:
    """A decoded mask.

    Attributes:
        name: What errors call it.
        values: ``(H, W)`` uint8: grey values, palette indices, or indices into ``colours``.
        colours: The 24-bit colour of each value, or empty for a grey mask.
        positional: Whether a value may be a label: not if a colour picture was indexed here.
        binary: Whether the file stores a single bit per pixel, or its palette is black and white.
    """

    name: str
    values: NDArray[np.uint8]
    colours: tuple[int, ...] = ()
    positional: bool = True
    binary: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.values.shape[0], self.values.shape[1]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The number of pixels with each value, ``(256,)``."""
        return label_histogram(self.values)

    @cached_property
    def present(self) -> tuple[int, ...]:
        """The values that occur, ascending."""
        return tuple(np.flatnonzero(self.counts).tolist())

    @cached_property
    def labels(self) -> dict[int, int]:
        """What each value that occurs is as a label; empty for a picture in other colours than greys."""
        if self.positional:
            return {value: value for value in self.present}
        shown = {value: self.colours[value] for value in self.present}
        grey = all(colour == (colour & 255) * 0x010101 for colour in shown.values())
        return {value: colour & 255 for value, colour in shown.items()} if grey else {}


def decode_mask(content: bytes, name: str, size: tuple[int, int] | None, label_space: LabelSpace) -> MaskFile:
    """Decode an untrusted PNG mask of ``size`` (height, width; None for any), upright or turned by a quarter.

    Of a colour picture with more than 256 colours, those that stand for no class share one value, whose colour is that
    of the first such pixel.

    Raises:
        UserError: If it is not a PNG, is damaged, has another size, or has values above 255.
    """
    with opened(io.BytesIO(content), name, pictures.FORMATS) as image:
        _check(image, name, size)
        check_transparency(image, name)
        if image.mode in ("RGB", "RGBA"):
            return MaskFile(name, *_indexed(image, label_space), positional=False)
        stored = stored_as(image)
        if image.mode == "P":
            file = MaskFile(name, np.array(image), _palette(image))
            black_and_white = {file.colours[value] for value in file.present} == {0, _COLOURS - 1}
            return replace(file, binary=stored == "P;1" or black_and_white)
        grey = image.getchannel("L") if image.mode == "LA" else image
        return MaskFile(name, grey_values(grey, name), binary=image.mode == "1")


def _check(image: Image.Image, name: str, size: tuple[int, int] | None) -> None:
    """Raise ``UserError`` for a wrong format, size or mode, before memory is allocated for the pixels."""
    if image.format in _LOSSY:
        raise UserError(
            f"{name}: is compressed as {image.format}, which changes the labels of single pixels; export the mask as a "
            "PNG"
        )
    if image.format != "PNG":
        raise UserError(f"{name}: is a file of the format {image.format}; a mask should be a PNG")
    if size is not None:
        check_size(image, name, size, size[::-1])
    if image.mode not in ("1", "L", "LA", "P", "I;16", "I", "RGB", "RGBA"):
        raise UserError(f"{name}: a mask is a grey, palette or colour picture, not one of mode {image.mode}")


def check_transparency(image: Image.Image, name: str) -> None:
    """Raise ``UserError`` if only the transparency of a picture has a shape."""
    if image.mode in ("LA", "RGBA"):
        *colours, alpha = (len(set(image.getchannel(band).getextrema())) for band in image.getbands())
        if alpha > 1 and max(colours) == 1:
            raise UserError(
                f"{name}: has one colour, and its shape is in its transparency; save it without transparency, in black "
                "and white"
            )


def _palette(image: Image.Image) -> tuple[int, ...]:
    """Return the 256 colours of a palette picture as 24-bit numbers; black where the file has fewer."""
    colours = np.zeros((256, 3), np.uint8)
    stored = np.asarray(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    colours[: len(stored)] = stored
    return tuple(packed(colours[None])[0].tolist())


def _indexed(image: Image.Image, label_space: LabelSpace) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Return the pixels of a colour picture as indices ``(H, W)`` into the colours that are returned beside them."""
    seen = np.zeros(_COLOURS, bool)
    for rows in row_chunks((image.height, image.width)):
        seen[_numbers(image, rows)] = True
    colours: list[int] = np.flatnonzero(seen).tolist()
    if too_many := len(colours) > 256:
        colours = sorted(known_colours(label_space).intersection(colours))[:255]
    index_of = np.full(_COLOURS, len(colours) if too_many else 0, np.uint8)
    index_of[colours] = np.arange(len(colours), dtype=np.uint8)
    values, other = np.empty((image.height, image.width), np.uint8), None
    for rows in row_chunks(values.shape):
        numbers = _numbers(image, rows)
        values[rows] = index_of[numbers]
        if too_many and other is None and (rest := numbers[values[rows] == len(colours)]).size:
            other = int(rest[0])
    return values, (*colours, other) if other is not None else tuple(colours)


def _numbers(image: Image.Image, rows: slice) -> NDArray[np.uint32]:
    """Return the colours of some rows of a picture as 24-bit numbers."""
    part = image.crop((0, rows.start, image.width, rows.stop))
    return packed(np.asarray(part.convert("RGB")))
