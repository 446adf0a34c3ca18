"""Read masks that are pictures, by their numbers or by their colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.errors import UserError
from data import masks
from data.formats.shared.contract import ClassTable, Labels
from data.mask_file import check_transparency
from data.row_chunks import row_chunks

SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif")
"""File name suffixes of masks; JPEG is not among them, because it changes labels."""

_GREY = ("1", "L", "I", "I;16", "I;16B", "I;16L")
_COLOURED = ("RGB", "RGBA", "LA", "PA")
_FORMATS = ("PNG", "BMP", "TIFF", "GIF")


def read(path: Path, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read a mask by colour if ``table`` marks its classes by colour, else by number.

    Without a table, a palette or grey mask, or one whose channels are all equal, is read by number, others by colour.
    Raises ``UserError``, naming the file, if it is damaged, has another size, or cannot be read that way.
    """
    if table is not None and table.by_colour:
        return by_colour(path, size)
    values, palette = _numbers(path, size)
    if values is None and table is None:
        return by_colour(path, size)
    if values is None:
        raise UserError(f"{path}: is coloured, but the classes of this dataset are marked by numbers")
    return Labels(values, range(int(values.max()) + 1 if values.size else 1), palette=palette)


def _numbers(path: Path, size: tuple[int, int]) -> tuple[NDArray[np.integer] | None, bytes]:
    """Return the numbers of a palette or grey mask, ``(H, W)``, or of a colour one with equal channels, else None.

    Beside them is the palette, or nothing.
    """
    with _opened(path, size) as image:
        if image.mode in _COLOURED:
            channels = np.asarray(image.convert("RGB"))
            grey = np.array_equal(channels[..., 0], channels[..., 1]) and np.array_equal(
                channels[..., 0], channels[..., 2]
            )
            return (channels[..., 0] if grey else None), b""
        step = masks.grey_step(image)
        values, palette = np.asarray(image), bytes(image.getpalette("RGB") or ()) if image.mode == "P" else b""
    if values.dtype == bool:
        return values.astype(np.uint8), b""
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise UserError(f"{path}: holds the value {values.max()}; the numbers of a mask are 0 to 65535")
    values = values.astype(np.uint8 if values.max() <= np.iinfo(np.uint8).max else np.uint16)
    return values // np.array(step, values.dtype), palette


def by_colour(path: Path, size: tuple[int, int]) -> Labels:
    """Read a mask by its colours; those of a palette count, not its indices. Raises as ``read`` does."""
    codes, packed = distinct_colours(read_rgb(path, size))
    return Labels(codes, [f"#{colour:06x}" for colour in packed])


def nothing(size: tuple[int, int]) -> Labels:
    """Return the labels of a picture on which nothing is marked."""
    return Labels(np.zeros(size, np.uint8), (None,))


def distinct_colours(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the distinct colours of ``(H, W, 3)`` as 24-bit numbers, ascending, and each pixel's index, ``(H, W)``."""
    seen = np.zeros(1 << 24, bool)
    for rows in row_chunks(pixels.shape):
        seen[masks.packed(pixels[rows])] = True
    packed = np.flatnonzero(seen)
    codes = np.empty(pixels.shape[:2], np.int32)
    for rows in row_chunks(pixels.shape):
        codes[rows] = np.searchsorted(packed, masks.packed(pixels[rows]))
    return codes, packed


def read_rgb(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the colours of a mask, ``(H, W, 3)``. Raises ``UserError`` as ``read`` does."""
    with _opened(path, size) as image:
        if image.mode.startswith("I"):
            raise UserError(
                f"{path}: has grey values of 16 bits, but the classes of this dataset are marked by colours"
            )
        return np.asarray(image.convert("RGB"))


@contextmanager
def _opened(path: Path, size: tuple[int, int]) -> Iterator[Image.Image]:
    """Open a mask of ``size`` (height, width) and a usable mode. Raises ``UserError`` as ``masks.opened`` does."""
    with masks.opened(path, str(path), _FORMATS) as image:
        masks.check_size(image, str(path), size)
        if image.mode not in (*_GREY, *_COLOURED, "P"):
            raise UserError(f"{path}: a mask is a grey, palette or colour picture, not one of mode {image.mode}")
        check_transparency(image, str(path))
        yield image
