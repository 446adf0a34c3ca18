"""Read masks that are pictures, by their numbers or by their colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from configs.errors import UserError
from data.formats.shared.contract import ClassTable, Labels
from data.mask_file import check_transparency
from data.row_chunks import row_chunks

SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif")
"""File name suffixes of masks; JPEG is not among them, because it changes labels."""

_GREY = ("1", "L", "I", "I;16", "I;16B", "I;16L")
_COLOURED = ("RGB", "RGBA", "LA", "PA")
_GREY_STEP = {"L;2": 85, "L;4": 17}
"""Pillow stretches grey PNGs of 2 and 4 bits to 0..255 by these factors."""
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
    return Labels(values, range(int(values.max()) + 1 if values.size else 1), palette)


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
        tile = getattr(image, "tile", None)  # how the pixels are stored, for formats that Pillow reads itself
        step = _GREY_STEP.get(str(tile[0][3]) if tile else "", 1)
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
        seen[pack(pixels[rows])] = True
    packed = np.flatnonzero(seen)
    codes = np.empty(pixels.shape[:2], np.int32)
    for rows in row_chunks(pixels.shape):
        codes[rows] = np.searchsorted(packed, pack(pixels[rows]))
    return codes, packed


def pack(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return colours ``(H, W, 3)`` as numbers ``0xrrggbb``, ``(H, W)``."""
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


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
    """Open a mask of ``size`` (height, width); whatever goes wrong inside becomes a ``UserError`` with its name."""
    try:
        with Image.open(path, formats=_FORMATS) as image:
            _check(image, path, size)
            check_transparency(image, str(path))
            yield image
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{path}: cannot be read as a mask; it should be a PNG") from None
    except Exception as error:  # on damaged files Pillow raises anything from SyntaxError to IndexError
        raise UserError(f"{path}: cannot be read as a mask ({error}); it should be a PNG") from error


def _check(image: Image.Image, path: Path, size: tuple[int, int]) -> None:
    """Raise ``UserError`` for a wrong size or mode, before memory is allocated for the pixels."""
    if (image.height, image.width) != size:
        turned = "; one of them is turned by a quarter, perhaps by the picture's EXIF orientation: store both upright"
        raise UserError(
            f"{path}: the mask is {image.width}x{image.height}, but its picture is {size[1]}x{size[0]} (width x height)"
            f"{turned if (image.width, image.height) == size else ''}"
        )
    if image.mode not in (*_GREY, *_COLOURED, "P"):
        raise UserError(f"{path}: a mask is a grey, palette or colour picture, not one of mode {image.mode}")
