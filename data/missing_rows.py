"""Finds pictures whose last rows are missing although the file ends properly: Pillow decodes those rows as black."""

import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of a PNG, by its colour type."""
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Left, top and steps to the right and down of the passes of an interlaced PNG (PNG specification, 8.2)."""


def share_of_tiff(image: Image.Image) -> float:
    """Return the share of a TIFF's pixels that its strips or tiles cover; 1 for other formats. Call it before loading.

    libtiff, which reads the compressed ones, refuses those with too few strips itself.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or any(tile[0] != "raw" for tile in image.tile):
        return 1.0
    width, height = image.tag_v2[TiffImagePlugin.IMAGEWIDTH], image.tag_v2[TiffImagePlugin.IMAGELENGTH]
    covered, planes = 0, set()
    for tile in image.tile:
        left, top, right, bottom = tile.extents or (0, 0, width, height)
        covered += max(0, min(right, width) - left) * max(0, min(bottom, height) - top)
        planes.add(tile.args[0] if isinstance(tile.args, tuple) else tile.args)  # separate planes have a mode each
    return covered / (width * height * max(1, len(planes)))


def share_of_png(image: Image.Image, content: bytes) -> float:
    """Return the share of a loaded PNG's pixels that are in the file; 1 for other formats.

    What is missing is black, so the data is counted only where the last row is black, or rows are not in order.
    """
    if not isinstance(image, PngImagePlugin.PngImageFile) or content[12:16] != b"IHDR":
        return 1.0
    if not image.info.get("interlace") and np.asarray(image.crop((0, image.height - 1, *image.size))).any():
        return 1.0
    expected = _expected_bytes(content)
    return min(1.0, _inflated_bytes(content, expected) / expected)


def _expected_bytes(content: bytes) -> int:
    """Return the number of bytes of all rows of a PNG, each with one that names its filter."""
    width, height, depth, colours, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, right, down in passes:
        columns, rows = math.ceil((width - left) / right), math.ceil((height - top) / down)
        if columns > 0 and rows > 0:
            total += rows * (1 + math.ceil(columns * depth * _CHANNELS[colours] / 8))
    return total


def _inflated_bytes(content: bytes, enough: int) -> int:
    """Count the bytes of the rows that a PNG holds, at most about ``enough``, in little memory."""
    inflating, total = zlib.decompressobj(), 0
    for chunk in _image_data(content):
        rest = chunk
        while rest and total < enough:
            total += len(inflating.decompress(rest, 1 << 16))
            rest = inflating.unconsumed_tail
    return total


def _image_data(content: bytes) -> Iterator[bytes]:
    """Yield the content of the IDAT chunks of a PNG."""
    position = 8
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        if kind == b"IDAT":
            yield content[position + 8 : position + 8 + length]
        position += 12 + length
