from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import store
from tests.facts import facts


def test_palette_indices_are_ids_and_255_is_void(tiny_data: Path, own_cache: Path) -> None:
    for sample in store.open_split("voc2012", "train", tiny_data):
        with Image.open(tiny_data / "VOCdevkit/VOC2012/SegmentationClass" / f"{sample.id}.png") as mask:
            assert mask.mode == "P"
            values = np.asarray(mask)
        np.testing.assert_array_equal(sample.mask, np.where(values == 255, 21, values))


def test_a_raw_21_is_not_a_label(tiny_data: Path, own_cache: Path) -> None:
    Image.new("L", (24, 16), 21).save(tiny_data / "VOCdevkit/VOC2012/SegmentationClass" / "d_4.png")
    with pytest.raises(UserError, match=facts("d_4.png", "label 21")):
        store.open_split("voc2012", "val", tiny_data)
