"""The prepared datasets and their items."""

import numpy as np
import pytest

from configs.errors import UserError
from data import store
from pages.shared.content import dataset_items
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture, display, thumbnail
from tests.facts import facts


def test_prepared_datasets_are_opened_and_the_others_name_their_command(datasets_here):
    prepared, missing = dataset_items.prepared_datasets()
    assert {name: set(splits) for name, splits in prepared.items()} == {
        "oxford_iiit_pet": {"train", "val"},
        "camvid": {"train", "val", "test"},
    }
    assert set(missing) == {"grocery", "voc2012"}
    assert all(f"python -m data.prepare {name}" in reason for name, reason in missing.items())


def test_opening_datasets_builds_nothing(tiny_data, own_cache, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    prepared, missing = dataset_items.prepared_datasets()
    assert not prepared
    assert all("not prepared yet" in reason for reason in missing.values())
    assert not list(own_cache.rglob("*.array_record*"))


def test_the_picture_of_an_item_is_its_sample(datasets_here):
    samples = store.open_split("oxford_iiit_pet", "val", datasets_here)
    picture = dataset_picture(DatasetItem("oxford_iiit_pet", "val", "e_5"))
    index = samples.ids.index("e_5")
    assert picture.digest == samples.hashes[index], "identified as in an evaluation"
    assert (picture.name, picture.origin, picture.kinds) == ("e_5", "Oxford-IIIT Pet, val", ("pet", "scene"))
    assert "CC BY-SA 4.0" in picture.credit
    np.testing.assert_array_equal(picture.pixels(), samples[index].image)
    assert picture.item is not None
    np.testing.assert_array_equal(picture.item.sample().mask, samples[index].mask)
    assert display(picture).size == samples[index].mask.shape
    assert thumbnail(picture).startswith("data:image/jpeg")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (("voc2012", "val", "d_4"), ["python -m data.prepare voc2012"]),
        (("cats", "val", "d_4"), ["no dataset 'cats'"]),
        (("camvid", "holiday", "d_4"), ["camvid", "no split holiday", "train, val, test"]),
        (("camvid", "val", "z"), ["no picture z", "val", "camvid"]),
        (("camvid", "val", ""), ["link", "no picture of camvid"]),
    ],
)
def test_a_missing_item_is_reported_with_its_reason(datasets_here, item, expected):
    with pytest.raises(UserError, match=facts(*expected)):
        dataset_picture(DatasetItem(*item))
