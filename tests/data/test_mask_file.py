import io
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from configs.errors import UserError
from data.label_space import LabelSpace
from data.mask_file import decode_mask
from data.mask_reading import readings

SPACE = LabelSpace(("cat", "dog", "grass", "void"), ("#ff0000", "#00ff00", "#0000ff", "#808080"), void=3)


VALUES = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 0, 3]], np.uint8)


def png(image: Image.Image, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", **options)
    return content.getvalue()


def test_what_is_known_of_a_file():
    values = np.array([[0, 1], [1, 1]], np.uint8)
    grey = decode_mask(png(Image.fromarray(values)), "m.png", (2, 2), SPACE)
    assert (grey.size, grey.present, grey.colours) == ((2, 2), (0, 1), ())
    assert (grey.positional, grey.binary) == (True, False)
    assert grey.counts[:3].tolist() == [1, 3, 0]
    assert decode_mask(png(Image.fromarray(values == 1)), "m.png", (2, 2), SPACE).binary
    image = Image.fromarray(values)
    image.putpalette([1, 2, 3, 255, 0, 0])
    palette = decode_mask(png(image, bits=1), "m.png", (2, 2), SPACE)
    assert (palette.positional, palette.binary, palette.colours[:3]) == (True, True, (0x010203, 0xFF0000, 0))
    colour = decode_mask(png(image.convert("RGBA")), "m.png", (2, 2), SPACE)
    assert (colour.positional, colour.colours) == (False, (0x010203, 0xFF0000))
    np.testing.assert_array_equal(colour.values, values)


def test_a_mask_turned_by_a_quarter_is_decoded():
    file = decode_mask(png(Image.fromarray(VALUES.T.copy())), "m.png", VALUES.shape, SPACE)
    np.testing.assert_array_equal(file.values, VALUES.T)


def cut_out(colour: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", (4, 3), colour)
    image.putalpha(Image.fromarray(VALUES * np.uint8(80)))
    return image


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(VALUES).convert("RGB").save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "m.png: cannot be read as a mask; it should be a PNG"),
        (b"no picture", "m.png: cannot be read as a mask; it should be a PNG"),
        (png(Image.fromarray(VALUES))[:-30], "m.png: cannot be read as a mask"),
        (png(Image.fromarray(VALUES[:2])), "the mask is 4x2, but its image is 4x3"),
        (png(Image.fromarray(VALUES.astype(np.uint16) * 100)), "m.png: holds the value 300"),
        (png(cut_out((255, 255, 255))), "m.png: has one colour, and its shape is in its transparency"),
        (png(cut_out((0, 0, 0)).convert("LA")), "m.png: has one colour, and its shape is in its transparency"),
        (picture("JPEG"), "m.png: is compressed as JPEG, which changes the labels"),
        (picture("WEBP"), "m.png: is compressed as WEBP, which changes the labels"),
        (picture("AVIF"), "m.png: is compressed as AVIF, which changes the labels"),
        (picture("TIFF"), "m.png: is a file of the format TIFF; a mask should be a PNG"),
    ],
    ids=["empty", "text", "cut off", "size", "value", "cut-out", "grey cut-out", "jpeg", "webp", "avif", "tiff"],
)  # fmt: skip
def test_an_invalid_untrusted_mask_is_rejected_in_one_sentence(content: bytes, fault: str) -> None:
    with pytest.raises(UserError) as error:
        decode_mask(content, "m.png", (3, 4), SPACE)
    assert str(error.value).startswith("m.png: ")
    assert fault in str(error.value)


def test_a_mask_with_an_empty_profile_is_rejected_in_one_sentence() -> None:
    """Pillow raises an IndexError when the pixels are read."""
    content = png(Image.fromarray(VALUES))
    profile = b"\0\0\0\0iCCP" + zlib.crc32(b"iCCP").to_bytes(4, "big")
    end = content.index(b"IEND") - 4
    with pytest.raises(UserError, match=r"^m\.png: cannot be read .*\(.*\); .*PNG$"):
        decode_mask(content[:end] + profile + content[end:], "m.png", (3, 4), SPACE)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["L", "P", "RGB", "LA", "1"]), st.data())
def test_a_changed_file_is_read_or_refused_in_one_sentence(mode: str, data: st.DataObject) -> None:
    content = bytearray(png(Image.fromarray(VALUES).convert(mode)))
    for place in data.draw(st.lists(st.integers(8, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        file = decode_mask(bytes(content), "m.png", (3, 4), SPACE)
        found = readings(file, SPACE)
    except UserError as error:
        assert str(error).startswith("m.png: ")
        assert "\n" not in str(error)
    else:
        assert {option.labels(file).shape for option in found.options} <= {(3, 4), (4, 3)}


@pytest.mark.parametrize("shown", ["ids", "colours"])
def test_a_large_mask_needs_little_memory(shown: str) -> None:
    """Besides the mask, its colours and its ids, only one row chunk and a table of colours are in memory."""
    ids = np.resize(np.arange(3, dtype=np.uint8), (2400, 4000))
    content = png(Image.fromarray(ids if shown == "ids" else SPACE.palette()[ids]), compress_level=1)
    tracemalloc.start()
    file = decode_mask(content, "m.png", ids.shape, SPACE)
    read = readings(file, SPACE).options[0].labels(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(read, ids)
    assert peak / ids.size < {"ids": 5, "colours": 10}[shown]
