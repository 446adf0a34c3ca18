import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from configs.errors import UserError
from data import datasets, decode, store
from tests.facts import facts

NAMES = datasets.get("grocery").label_space.names


def flatten(folder: Path, count: int = 200) -> None:
    """Convert the folder to the official flat layout."""
    with Image.open(folder / "images" / "train" / "a_1.jpg") as image:
        picture = image.copy()
    for part in ("images", "labels"):
        shutil.rmtree(folder / part)
        (folder / part).mkdir()
    for number in range(count):
        picture.save(folder / "images" / f"{number:06}.jpg")
        (folder / "labels" / f"{number:06}.txt").write_text("3 0.1 0.1 0.5 0.1 0.5 0.5\n")


def test_a_flat_folder_is_split_by_the_names_of_its_files(tiny_data: Path) -> None:
    folder = tiny_data / "grocery"
    flatten(folder)
    find = datasets.get("grocery").pairs
    splits = {pair.id: split for split, members in find(folder).items() for pair in members}
    assert len(splits) == 200
    assert 15 <= list(splits.values()).count("val") <= 45
    for number in range(0, 200, 2):
        (folder / "images" / f"{number:06}.jpg").unlink()
        (folder / "labels" / f"{number:06}.txt").unlink()
    fewer = {pair.id: split for split, members in find(folder).items() for pair in members}
    assert fewer == {name: split for name, split in splits.items() if name in fewer}


def test_a_picture_on_its_side_is_stored_upright(tiny_data: Path, own_cache: Path) -> None:
    file = tiny_data / "grocery" / "images" / "val" / "d_4.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: 24x16 in the file is 16x24 to the eye
    with Image.open(file) as image:
        turned = image.copy()
    turned.save(file, exif=exif)
    (tiny_data / "grocery" / "labels" / "val" / "d_4.txt").write_text("5 0 0 1 0 1 0.5 0 0.5\n")
    sample = store.open_split("grocery", "val", tiny_data)[0]
    assert sample.image.shape == (24, 16, 3)
    np.testing.assert_array_equal(sample.image, decode.read(file))
    assert (sample.mask[:12] == 6).all()
    assert (sample.mask[13:] == 0).all()
    assert sample.boxes is not None
    assert sample.boxes.tolist() == [[6, 0, 0, 16, 13]]  # upright as well


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (dict(enumerate(NAMES[1:])), None),
        (list(NAMES[1:]), None),
        ([name.upper().replace("SARDINES (CANNED)", "Canned Sardines") for name in NAMES[1:]], None),
        (list(NAMES[:0:-1]), ["class 0", "'bottled soda'", "not 'alcohol'"]),
        (list(NAMES[1:-1]), ["class 23", "'alcohol'", "not None"]),
        ([*NAMES[1:], "tofu"], ["names 25", "has 24"]),
        (None, ["class names"]),
    ],
)
def test_the_classes_of_data_yaml_must_agree(tiny_data: Path, names: object, expected: list[str] | None) -> None:
    (tiny_data / "grocery" / "data.yaml").write_text(yaml.safe_dump({"names": names}))
    find = datasets.get("grocery").pairs
    if expected is None:
        assert set(find(tiny_data / "grocery")) == {"train", "val"}
    else:
        with pytest.raises(UserError, match=facts("data.yaml", *expected)):
            find(tiny_data / "grocery")


def test_the_real_data_yaml_spells_the_names_as_we_do(shared_data: Path) -> None:
    names = yaml.safe_load((shared_data / "grocery" / "data.yaml").read_text())["names"]
    assert tuple(names[number] for number in sorted(names)) == NAMES[1:]


def test_a_malformed_line_is_named(tiny_data: Path, own_cache: Path) -> None:
    (tiny_data / "grocery" / "labels" / "train" / "b_2.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n24 0 0 1 0 1 1\n")
    with pytest.raises(UserError, match=facts("train/b_2.txt", "line 2", "0 to 23", "'24'")):
        store.open_split("grocery", "val", tiny_data)
