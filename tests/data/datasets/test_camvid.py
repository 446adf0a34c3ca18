import shutil
from pathlib import Path

import pytest

from configs.errors import UserError
from data import store
from tests.facts import facts


def test_the_test_split_exists_if_its_folder_does(tiny_data: Path, own_cache: Path) -> None:
    assert set(store.open_all("camvid", tiny_data)) == {"train", "val", "test"}
    shutil.rmtree(tiny_data / "CamVid" / "test")
    shutil.rmtree(tiny_data / "CamVid" / "testannot")
    assert set(store.open_all("camvid", tiny_data)) == {"train", "val"}


def test_an_image_without_a_mask_is_named(tiny_data: Path, own_cache: Path) -> None:
    (tiny_data / "CamVid" / "trainannot" / "b_2.png").unlink()
    with pytest.raises(UserError, match=facts("train/b_2.png", "no mask")):
        store.open_split("camvid", "train", tiny_data)


def test_a_mask_without_an_image_is_named(tiny_data: Path, own_cache: Path) -> None:
    (tiny_data / "CamVid" / "val" / "d_4.png").unlink()
    with pytest.raises(UserError, match=facts("valannot/d_4.png", "no image")):
        store.open_split("camvid", "train", tiny_data)
