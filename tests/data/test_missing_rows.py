"""Pictures that end properly, but before their last row."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from data import decode
from tests.facts import facts

HEIGHT, WIDTH = 20, 11


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(picture: NDArray[Any], colours: int, rows: int, depth: int = 8) -> bytes:
    """Write a PNG as tall as ``picture``, with its first rows only, in two chunks."""
    height, width = picture.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in picture[:rows]))
    parts = [(b"IHDR", header)] + [(b"PLTE", bytes(range(48)))] * (colours == 3)
    parts += [(b"IDAT", data[:20]), (b"IDAT", data[20:]), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(1, 16, (HEIGHT, WIDTH, *shape), np.uint8)


KINDS = {
    "grey": (noise(), 0, 8),
    "colour": (noise(3), 2, 8),
    "palette": (noise(), 3, 8),
    "alpha": (noise(4), 6, 8),
    "16 bits": (noise().astype(">u2") * 4000, 0, 16),
}


@pytest.mark.parametrize(("picture", "colours", "depth"), KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("rows", [5, HEIGHT - 1])
def test_a_png_without_its_last_rows_is_refused(picture: NDArray[Any], colours: int, depth: int, rows: int) -> None:
    assert decode.decode(png(picture, colours, HEIGHT, depth), "whole.png").shape[:2] == picture.shape[:2]
    with pytest.raises(decode.ImageError, match=facts("cut.png", f"{rows / HEIGHT:.0%}")):
        decode.decode(png(picture, colours, rows, depth), "cut.png")


def test_a_png_whose_last_rows_are_black_is_whole() -> None:
    picture = noise(3)
    picture[5:] = 0
    np.testing.assert_array_equal(decode.decode(png(picture, 2, HEIGHT), "black.png"), picture)


def interlaced(picture: NDArray[np.uint8], passes: int) -> bytes:
    """Write a grey interlaced PNG with the first passes of the seven only."""
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [picture[top::down, left::right] for left, top, right, down in steps[:passes]]
    data = b"".join(b"\0" + row.tobytes() for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", *picture.shape[::-1], 8, 0, 0, 0, 1)
    parts_of_file = [(b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts_of_file)


@pytest.mark.parametrize("size", [(20, 11), (1, 1), (3, 2), (8, 8), (5, 17)])
def test_an_interlaced_png_is_counted_pass_by_pass(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(1, 255, size, np.uint8)
    whole = decode.decode(interlaced(picture, 7), "whole.png")
    np.testing.assert_array_equal(whole[..., 0], picture)
    if size[0] > 1:
        with pytest.raises(decode.ImageError, match=facts("cut.png")):
            decode.decode(interlaced(picture, 6), "cut.png")


def tiff(picture: NDArray[np.uint8], strips: int, rows: int = 4, width: int | None = None) -> bytes:
    """Write an uncompressed TIFF in strips of some rows, and keep the first strips only."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "TIFF", tiffinfo={TiffImagePlugin.ROWSPERSTRIP: rows})
    content = bytearray(file.getvalue())
    (directory,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, directory)
    for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
        if struct.unpack_from("<H", content, entry)[0] in (273, 279):
            struct.pack_into("<I", content, entry + 4, strips)
    return bytes(content)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_tiff_with_too_few_strips_is_refused(shape: tuple[int, ...]) -> None:
    picture = noise(*shape)
    assert decode.decode(tiff(picture, 5), "whole.tif").shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(decode.ImageError, match=facts("cut.tif", "60%")):
        decode.decode(tiff(picture, 3), "cut.tif")


@pytest.mark.slow
def test_no_real_picture_is_refused(shared_data: Path) -> None:
    pictures = [path for path in sorted(shared_data.rglob("*.png"))[::40] if path.is_file()]
    assert pictures
    for path in pictures:
        decode.read(path)
