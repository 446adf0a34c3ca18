"""Read masks stored as pictures, where the raw value of a pixel is its label."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from configs.errors import UserError
from data.label_maps import label_histogram
from data.label_space import IGNORE, LabelSpace
from data.row_chunks import row_chunks

_GREY_STEP = {"L;2": 85, "L;4": 17}
"""Pillow stretches grey PNGs of 2 and 4 bits to 0..255 by these factors."""
_COLOUR_MODES = ("RGB", "RGBA")
_NO_CLASS = 255
"""Marks a colour that belongs to no class; no class has this id."""


def read_values(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read the raw values of a grey mask, or the indices of a palette mask, as ``(H, W)``.

    Raises ``UserError`` if the file is damaged, has several channels, or does not have ``size`` (height, width).
    """
    return _read(path, str(path), size)


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


def decode(content: bytes, name: str, size: tuple[int, int], label_space: LabelSpace) -> NDArray[np.uint8]:
    """Decode an untrusted mask: a grey or palette PNG whose values are class ids, or one in the classes' colours.

    ``name`` is what errors call the file.

    Returns:
        ``(H, W)`` class ids, ``IGNORE`` where the file has 255 or the void class.

    Raises:
        UserError: If it is not such a PNG, does not have ``size`` (height, width), or holds an unknown id or colour.
    """
    values = _read(io.BytesIO(content), name, size, formats=("PNG",), colours=True)
    if values.ndim == 3:
        ids = _ids_of_colours(name, values, label_space)
    else:
        ids = to_ids(name, values, {class_id: class_id for class_id in (*range(len(label_space)), IGNORE)})
    if label_space.void is not None:
        ids[ids == label_space.void] = IGNORE
    return ids


def _ids_of_colours(name: str, values: NDArray[np.uint8], label_space: LabelSpace) -> NDArray[np.uint8]:
    """Translate colours ``(H, W, 3)`` to ids ``(H, W)``."""
    table = np.full(1 << 24, _NO_CLASS, np.uint8)  # one entry per 24-bit colour
    for class_id, colour in enumerate(label_space.colours):
        table[int(colour[1:], 16)] = class_id
    ids = np.empty(values.shape[:2], np.uint8)
    for rows in row_chunks(values.shape):
        red, green, blue = (values[rows, :, channel].astype(np.uint32) for channel in range(3))
        packed = red << 16 | green << 8 | blue
        ids[rows] = table[packed]
        if (unknown := packed[ids[rows] == _NO_CLASS]).size:
            raise UserError(
                f"{name}: has the colour #{unknown[0]:06x}, which belongs to no class; save the mask as a grey or "
                "palette PNG whose values are class ids, or in the classes' own colours"
            )
    return ids


def _read(
    file: Path | BinaryIO,
    name: str,
    size: tuple[int, int],
    formats: tuple[str, ...] | None = None,
    *,
    colours: bool = False,
) -> NDArray[np.uint8]:
    """Read the raw values of a mask, ``(H, W)``, or with ``colours`` also of a colour picture, ``(H, W, 3)``."""
    try:
        with Image.open(file, formats=formats) as image:
            _check(name, image, size, colours=colours)
            if image.mode in _COLOUR_MODES:
                return np.asarray(image.convert("RGB"))
            step = _GREY_STEP.get(str(image.tile[0][3]) if image.tile else "", 1)
            values = np.asarray(image)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{name}: cannot be read as a mask; it should be a PNG") from None
    except Exception as error:
        # On damaged files Pillow raises all kinds of errors, from SyntaxError to IndexError.
        raise UserError(f"{name}: cannot be read as a mask ({error}); it should be a PNG") from error
    if values.max() > np.iinfo(np.uint8).max or values.min() < 0:
        raise UserError(f"{name}: holds the value {values.max()}, but labels are 0 to 255")
    return values.astype(np.uint8) // np.uint8(step)


def _check(name: str, image: Image.Image, size: tuple[int, int], *, colours: bool) -> None:
    """Raise ``UserError`` for a wrong size or mode, before memory is allocated for the pixels."""
    if (image.height, image.width) != size:
        raise UserError(
            f"{name}: the mask is {image.width}x{image.height}, but its image is {size[1]}x{size[0]} (width x height)"
        )
    if image.mode not in ("1", "L", "P", "I;16", "I", *(_COLOUR_MODES if colours else ())):
        raise UserError(f"{name}: a mask is a grey or palette picture with one channel, not one of mode {image.mode}")
