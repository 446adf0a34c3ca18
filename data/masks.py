"""Masks stored as pictures: the raw value of a pixel is its label."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.errors import UserError

_GREY_STEP = {"L;2": 85, "L;4": 17}
"""Pillow stretches grey PNGs of 2 and 4 bits to 0..255 by these factors."""


def read_values(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read the raw values of a mask, grey or palette, that must have ``size`` (height, width).

    Returns:
        ``(H, W)`` uint8; for a palette image its indices, whatever the colours.

    Raises:
        UserError: If the file is no one-channel picture, is damaged, or has another size.
    """
    try:
        with Image.open(path) as image:
            _check(path, image, size)
            step = _GREY_STEP.get(str(image.tile[0][3]) if image.tile else "", 1)
            values = np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: cannot be read as a mask ({error}); it should be a PNG") from error
    if values.max() > np.iinfo(np.uint8).max or values.min() < 0:
        raise UserError(f"{path}: holds the value {values.max()}, but labels are 0 to 255")
    return values.astype(np.uint8) // np.uint8(step)


def to_ids(path: Path, values: NDArray[np.uint8], ids: Mapping[int, int]) -> NDArray[np.uint8]:
    """Translate raw values, ``(H, W)`` uint8, to ids of a label space, ``(H, W)`` uint8.

    Args:
        path: The file, for the message.
        values: What ``read_values`` returned.
        ids: For every raw value that may occur, the id it stands for.

    Raises:
        UserError: If another value occurs.
    """
    unknown = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    for value in unknown:
        if int(value) not in ids:
            allowed = ", ".join(str(number) for number in sorted(ids))
            raise UserError(f"{path}: holds the label {value}; the labels of this dataset are {allowed}")
    table = np.zeros(256, np.uint8)
    table[list(ids)] = list(ids.values())
    return table[values]


def _check(path: Path, image: Image.Image, size: tuple[int, int]) -> None:
    """Refuse a mask by its header, before its pixels take any memory."""
    if (image.height, image.width) != size:
        raise UserError(
            f"{path}: the mask is {image.width}x{image.height}, but its image is {size[1]}x{size[0]} (width x height)"
        )
    if image.mode not in ("1", "L", "P", "I;16", "I"):
        raise UserError(f"{path}: a mask is a grey or palette picture with one channel, not one of mode {image.mode}")
