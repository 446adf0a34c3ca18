"""Pictures of a dataset as the browser gets them."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from data import datasets, store
from pages.components import tiles


def decoded(address):
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


@pytest.mark.parametrize("name", datasets.names())
def test_masks_have_the_classes_colours_and_void_is_clear(name, tiny_data, own_cache):
    samples = store.open_split(name, "val", tiny_data)
    space, sample = samples.label_space, samples[1]
    shown = int(np.bincount(sample.mask.ravel()).argmax())
    tile = tiles.tile(samples, 1, shown)
    assert (tile.id, tile.size) == (sample.id, sample.mask.shape)
    mask = np.asarray(decoded(tile.mask).convert("RGBA"))
    assert np.array_equal(mask[..., 3] == 0, sample.mask == space.void)
    opaque = mask[..., 3] > 0
    assert np.array_equal(mask[opaque][:, :3], space.palette()[sample.mask[opaque]])
    only = np.asarray(decoded(tile.only).convert("RGBA"))
    assert np.array_equal(only[..., 3] > 0, sample.mask == shown)
    photograph = np.asarray(decoded(tile.photograph), int)
    assert photograph.shape == sample.image.shape
    assert tiles.tile(samples, 1, None).only == ""


def test_the_largest_classes_are_told_with_their_shares(tiny_data, own_cache):
    samples = store.open_split("camvid", "val", tiny_data)
    told, mask = tiles.tile(samples, 0, None).shares, samples[0].mask
    shares = re.findall(r"([a-z]+) ([\d.]+) %", told)
    names = samples.label_space.names
    assert len(shares) == tiles.FEW
    assert [float(share) for _, share in shares] == sorted((float(share) for _, share in shares), reverse=True)
    for name, share in shares:
        assert float(share) == pytest.approx(100 * (mask == names.index(name)).mean(), abs=0.05)
    assert told.endswith(f" and {len(np.unique(mask)) - tiles.FEW} more")
