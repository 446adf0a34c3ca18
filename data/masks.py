"""Read masks stored as pictures, where the raw value of a pixel is its label."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from configs.errors import UserError
from data.label_maps import label_histogram

_GREY_STEP = {"L;2": 85, "L;4": 17}
"""Pillow stretches grey PNGs of 2 and 4 bits to 0..255 by these factors."""
_WHITE, _WHITE_16 = np.iinfo(np.uint8).max, np.iinfo(np.uint16).max


def read_values(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read the raw values of a grey mask, or the indices of a palette mask, as ``(H, W)``.

    Raises ``UserError`` if the file is damaged, has several channels, or does not have ``size`` (height, width).
    """
    name = str(path)
    with opened(path, name) as image:
        check_size(image, name, size)
        if image.mode not in ("1", "L", "P", "I;16", "I"):
            raise UserError(
                f"{name}: a mask is a grey or palette picture with one channel, not one of mode {image.mode}"
            )
        return grey_values(image, name)


@contextmanager
def opened(file: Path | BinaryIO, name: str, formats: tuple[str, ...] | None = None) -> Iterator[Image.Image]:
    """Open a mask, perhaps of few ``formats``; whatever goes wrong inside becomes a ``UserError`` that has ``name``."""
    try:
        with Image.open(file, formats=formats) as image:
            yield image
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{name}: cannot be read as a mask; it should be a PNG") from None
    except Exception as error:  # on damaged files Pillow raises anything from SyntaxError to IndexError
        raise UserError(f"{name}: cannot be read as a mask ({error}); it should be a PNG") from error


def check_size(image: Image.Image, name: str, *allowed: tuple[int, int]) -> None:
    """Raise ``UserError`` unless a mask, whose pixels are not read yet, has one of the sizes (height, width)."""
    if (image.height, image.width) not in allowed:
        height, width = allowed[0]
        turned = "; one of them is turned by a quarter, perhaps by the picture's EXIF orientation: store both upright"
        raise UserError(
            f"{name}: the mask is {image.width}x{image.height}, but its image is {width}x{height} (width x height)"
            f"{turned if (image.width, image.height) in allowed else ''}"
        )


def to_ids(path: Path | str, values: NDArray[np.uint8], ids: Mapping[int, int]) -> NDArray[np.uint8]:
    """Translate raw values ``(H, W)`` to class ids ``(H, W)``; ``ids`` has the id of every allowed value.

    Raises ``UserError``, naming ``path``, if any other value occurs.
    """
    for value in np.flatnonzero(label_histogram(values)):
        if int(value) not in ids:
            allowed = ", ".join(str(number) for number in sorted(ids))
            raise UserError(f"{path}: holds the label {value}; the labels of this dataset are {allowed}")
    table = np.zeros(256, np.uint8)
    table[list(ids)] = list(ids.values())
    return table[values]


def grey_values(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """Return the raw values of a grey picture that is not loaded yet, or the indices of a palette picture, ``(H, W)``.

    The largest value of 16 bits becomes 255. Raises ``UserError``, naming the file, for other values above 255.
    """
    step = grey_step(image)
    values = np.asarray(image)
    if values.max() > _WHITE:
        values = np.where(values == _WHITE_16, _WHITE, values)
    if values.max() > _WHITE or values.min() < 0:
        raise UserError(f"{name}: holds the value {values.max()}, but labels are 0 to 255")
    return values.astype(np.uint8) // np.uint8(step)


def grey_step(image: Image.Image) -> int:
    """Return by what Pillow multiplies the values of a picture that is not loaded yet."""
    return _GREY_STEP.get(stored_as(image), 1)


def stored_as(image: Image.Image) -> str:
    """Return how the pixels of a picture that is not loaded yet are stored, such as ``P;1``, or an empty text."""
    tiles = getattr(image, "tile", ())  # only the formats that Pillow reads itself have them
    return str(tiles[0][3]) if tiles else ""


def packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return colours ``(H, W, 3)`` as numbers ``0xrrggbb``, ``(H, W)``."""
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)
