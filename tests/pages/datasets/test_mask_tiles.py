"""The tiles of pictures and masks that are sent to the browser."""

import base64
import io
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from data import datasets, store
from pages.datasets.mask_tiles import component as mask_tiles


def decode(url):
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


@pytest.mark.parametrize("name", datasets.names())
def test_masks_have_the_colours_of_the_classes_and_void_is_transparent(name, tiny_data, own_cache):
    samples = store.open_split(name, "val", tiny_data)
    space, sample = samples.label_space, samples[1]
    shown = int(np.bincount(sample.mask.ravel()).argmax())
    tile = mask_tiles.load_tile(samples, 1, shown)
    assert (tile.id, tile.size) == (sample.id, sample.mask.shape)
    mask = np.asarray(decode(tile.mask).convert("RGBA"))
    assert np.array_equal(mask[..., 3] == 0, sample.mask == space.void)
    opaque = mask[..., 3] > 0
    assert np.array_equal(mask[opaque][:, :3], space.palette()[sample.mask[opaque]])
    only = np.asarray(decode(tile.only).convert("RGBA"))
    assert np.array_equal(only[..., 3] > 0, sample.mask == shown)
    photograph = np.asarray(decode(tile.photograph), int)
    assert photograph.shape == sample.image.shape
    assert mask_tiles.load_tile(samples, 1, None).only == ""


def test_the_largest_classes_are_named_with_their_shares(tiny_data, own_cache):
    samples = store.open_split("camvid", "val", tiny_data)
    text, mask = mask_tiles.load_tile(samples, 0, None).shares, samples[0].mask
    shares = re.findall(r"([a-z]+) ([\d.]+) %", text)
    names = samples.label_space.names
    assert len(shares) == mask_tiles.FEW
    assert [float(share) for _, share in shares] == sorted((float(share) for _, share in shares), reverse=True)
    for name, share in shares:
        assert float(share) == pytest.approx(100 * (mask == names.index(name)).mean(), abs=0.05)
    assert text.endswith(f" and {len(np.unique(mask)) - mask_tiles.FEW} more")


def test_a_large_picture_becomes_a_small_tile(tmp_path, own_cache):
    height, width = 900, 2400
    mask = np.repeat(np.array([[0], [1], [11]], np.uint8), [300, 300, 300], axis=0).repeat(width, axis=1)
    for folder, content in [("val", np.full((height, width, 3), 90, np.uint8)), ("valannot", mask)]:
        (tmp_path / "CamVid" / folder).mkdir(parents=True)
        Image.fromarray(content).save(tmp_path / "CamVid" / folder / "a.png")
    shutil.copytree(tmp_path / "CamVid" / "val", tmp_path / "CamVid" / "train")
    shutil.copytree(tmp_path / "CamVid" / "valannot", tmp_path / "CamVid" / "trainannot")
    tile = mask_tiles.load_tile(store.open_split("camvid", "val", tmp_path), 0, 1)
    assert tile.size == (height, width)
    assert decode(tile.photograph).size == decode(tile.mask).size == decode(tile.only).size == (mask_tiles.SIDE, 300)
    only = np.asarray(decode(tile.only).convert("RGBA"))
    assert (np.flatnonzero(only[..., 3].any(axis=1)) == np.arange(100, 200)).all()


def test_pictures_with_the_same_id_in_two_splits_are_distinguished(monkeypatch):
    """The browser redraws the tiles only if ``digest`` changes."""
    digests = set()

    def mount(**arguments):
        digests.add(arguments["data"]["digest"])
        return {"compare": None}

    monkeypatch.setattr(mask_tiles, "_mount", mount)
    tile = mask_tiles.Tile("0001", (2, 2), "data:a", "data:b", "", "sky 100.0 %")
    for entries, split in [([tile], "train"), ([tile], "val"), ([replace(tile, photograph="data:c")], "val")]:
        mask_tiles.draw_tiles("camvid", entries, split, mask_tiles.MODES, mask_tiles.OVERLAY, lambda _: None)
    assert len(digests) == 3
