from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import store
from tests.facts import facts

FOLDER = "oxford_iiit_pet"


def test_trimaps_become_ids_from_zero(tiny_data: Path, own_cache: Path) -> None:
    sample = store.open_split(FOLDER, "val", tiny_data)[0]
    trimap = np.asarray(Image.open(tiny_data / FOLDER / "annotations" / "trimaps" / f"{sample.id}.png"))
    np.testing.assert_array_equal(sample.mask, trimap - 1)


def test_the_lists_define_the_splits(tiny_data: Path, own_cache: Path) -> None:
    splits = store.open_all(FOLDER, tiny_data)
    assert {split: samples.ids for split, samples in splits.items()} == {
        "train": ("a_1", "b_2", "c_3"),
        "val": ("d_4", "e_5"),
    }


def test_images_with_a_wrong_suffix_are_read(tiny_data: Path, own_cache: Path) -> None:
    image = Image.new("P", (24, 16), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.save(tiny_data / FOLDER / "images" / "d_4.jpg", format="GIF")
    assert (store.open_split(FOLDER, "val", tiny_data)[0].image == (10, 200, 30)).all()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda folder: (folder / "images" / "b_2.jpg").unlink(), ["images/b_2", "no image"]),
        (lambda folder: (folder / "annotations" / "trimaps" / "b_2.png").unlink(), ["trimaps/b_2", "no mask"]),
        (
            lambda folder: Image.new("L", (24, 16), 0).save(folder / "annotations" / "trimaps" / "b_2.png"),
            ["trimaps/b_2.png", "label 0", "1, 2, 3"],
        ),
        (
            lambda folder: Image.new("L", (16, 24), 1).save(folder / "annotations" / "trimaps" / "b_2.png"),
            ["trimaps/b_2.png", "mask is 16x24", "image is 24x16"],
        ),
        (lambda folder: (folder / "images" / "b_2.jpg").write_text("no picture"), ["images/b_2.jpg", "not"]),
        (lambda folder: (folder / "annotations" / "test.txt").unlink(), ["test.txt", "cannot be read"]),
    ],
)
def test_an_inconsistent_file_is_named(tiny_data: Path, own_cache: Path, damage: object, expected: list[str]) -> None:
    assert callable(damage)
    damage(tiny_data / FOLDER)
    with pytest.raises(UserError, match=facts(*expected)):
        store.open_split(FOLDER, "train", tiny_data)
