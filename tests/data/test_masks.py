import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import datasets, mask_file, masks
from data.formats.shared import mask_pictures

VALUES = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 0, 3]], np.uint8)


def palette_image(bits: int) -> Image.Image:
    image = Image.fromarray(VALUES).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 255, 0, 9, 9, 9])  # two ids share a colour on purpose
    image.info["bits"] = bits
    return image


@pytest.mark.parametrize("bits", [8, 4, 2])
def test_a_palette_mask_is_read_as_indices(tmp_path: Path, bits: int) -> None:
    palette_image(bits).save(tmp_path / "mask.png", bits=bits)
    np.testing.assert_array_equal(masks.read_values(tmp_path / "mask.png", (3, 4)), VALUES)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_mask_is_read_as_values(tmp_path: Path, dtype: type) -> None:
    Image.fromarray(VALUES.astype(dtype)).save(tmp_path / "mask.png")
    read = masks.read_values(tmp_path / "mask.png", (3, 4))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, VALUES)


def grey_png(values: np.ndarray, bits: int) -> bytes:
    """Return a grey PNG of fewer than 8 bits, which Pillow reads but does not write."""
    import struct

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = values.shape
    digits = np.unpackbits(values[..., None], axis=2)[..., -bits:].reshape(height, -1)
    rows = b"".join(b"\0" + np.packbits(row).tobytes() for row in digits)
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_grey_mask_of_few_bits_is_read_as_values(tmp_path: Path, bits: int) -> None:
    values = VALUES % (1 << bits)
    (tmp_path / "mask.png").write_bytes(grey_png(values, bits))
    np.testing.assert_array_equal(masks.read_values(tmp_path / "mask.png", (3, 4)), values)


@pytest.mark.parametrize(
    ("image", "fault"),
    [
        (Image.fromarray(VALUES.T.copy()), "the mask is 3x4, but its image is 4x3"),
        (Image.fromarray(VALUES).convert("RGB"), "one channel, not one of mode RGB"),
        (Image.fromarray(VALUES.astype(np.uint16) * 100), "holds the value 300"),
    ],
)
def test_a_file_that_is_not_a_mask_is_rejected(tmp_path: Path, image: Image.Image, fault: str) -> None:
    image.save(tmp_path / "mask.png")
    with pytest.raises(UserError, match=rf"mask\.png: .*{fault}"):
        masks.read_values(tmp_path / "mask.png", (3, 4))


@pytest.mark.parametrize("kept", [0, 0.01, 0.5, 0.95])
def test_a_damaged_mask_is_rejected(tmp_path: Path, kept: float) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 3, (60, 80), np.uint8)).save(tmp_path / "mask.png")
    content = (tmp_path / "mask.png").read_bytes()
    (tmp_path / "mask.png").write_bytes(content[: int(kept * len(content))])
    with pytest.raises(UserError, match=r"mask\.png: cannot be read"):
        masks.read_values(tmp_path / "mask.png", (60, 80))


def test_values_become_ids() -> None:
    ids = masks.to_ids(Path("mask.png"), np.array([[1, 2], [255, 1]], np.uint8), {1: 0, 2: 5, 255: 21})
    assert ids.dtype == np.uint8
    np.testing.assert_array_equal(ids, [[0, 5], [21, 0]])


def test_an_unknown_value_is_named() -> None:
    with pytest.raises(UserError, match=r"mask\.png: .*label 7; .* are 1, 2$"):
        masks.to_ids(Path("mask.png"), np.array([[1, 7]], np.uint8), {2: 0, 1: 1})


def test_all_that_reads_masks_refuses_a_file_in_the_same_words(tmp_path: Path) -> None:
    path, size, space = tmp_path / "mask.png", (60, 80), datasets.get("camvid").label_space
    readers = (
        lambda: masks.read_values(path, size),
        lambda: mask_file.decode_mask(path.read_bytes(), str(path), size, space),
        lambda: mask_pictures.read(path, size, None),
    )
    Image.fromarray(np.random.default_rng(0).integers(0, 3, size, np.uint8)).save(path)
    whole = path.read_bytes()
    Image.fromarray(VALUES).save(path)
    for content in (b"no picture", whole[: len(whole) // 2], path.read_bytes()):
        path.write_bytes(content)
        sentences = set()
        for read in readers:
            with pytest.raises(UserError) as error:
                read()
            sentences.add(str(error.value))
        assert len(sentences) == 1
        assert str(path) in sentences.pop()
