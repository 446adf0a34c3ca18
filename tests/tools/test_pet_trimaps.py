"""Trimaps of VOC's cats and dogs: where the border is, and which pictures are taken."""

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import datasets
from tests.data.conftest import IDS, make_pets
from tests.data.formats.making import make_voc
from tools import pet_trimaps
from tools.pet_trimaps import INSIDE, OUTSIDE, trimap


def test_the_border_reaches_to_both_sides_of_the_outline():
    animal = np.zeros((300, 200), bool)
    animal[100:200, 50:150] = True
    found = trimap(animal)
    inside, outside = round(INSIDE * 300), round(OUTSIDE * 300)
    column = found[:, 100]
    expected = np.ones(300, np.uint8)
    expected[100 - outside : 200 + outside] = 2
    expected[100 + inside : 200 - inside] = 0
    np.testing.assert_array_equal(column, expected)
    assert set(np.unique(found)) == {0, 1, 2}


def test_an_animal_goes_on_beyond_the_edge_of_the_picture():
    animal = np.zeros((200, 200), bool)
    animal[:, :100] = True
    assert (trimap(animal)[:, :90] == 0).all()
    assert (trimap(np.ones((50, 60), bool)) == 0).all()
    assert (trimap(np.zeros((50, 60), bool)) == 1).all()


def test_pictures_with_cats_and_dogs_are_taken_with_their_trimaps(tmp_path, monkeypatch, capsys):
    data = tmp_path / "data" / "VOCdevkit"
    make_voc(data)
    with Image.open(data / "VOC2012" / "SegmentationClass" / "b.png") as mask:
        Image.fromarray(np.full((mask.height, mask.width), 15, np.uint8)).save(
            data / "VOC2012" / "SegmentationClass" / "b.png"
        )
    out = tmp_path / "trimaps"
    monkeypatch.setattr("sys.argv", ["pet_trimaps", str(out), "--data-dir", str(tmp_path / "data")])
    assert pet_trimaps.main() == 0
    assert capsys.readouterr().out == "pictures: 1 in train, 0 in val\n"
    assert [path.name for path in (out / "train" / "images").iterdir()] == ["a.jpg"]
    with Image.open(out / "train" / "masks" / "a.png") as mask:
        assert set(np.unique(np.asarray(mask))) == {0, 1, 2}
    assert (out / "classes.txt").read_text().split() == ["pet", "background", "border"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with pytest.raises(UserError, match="exists already"):
        pet_trimaps.main()


def test_the_pictures_of_the_pets_are_added_on_request_and_are_the_whole_of_val(tmp_path, monkeypatch, capsys):
    data, out = tmp_path / "data", tmp_path / "both"
    make_voc(data / "VOCdevkit")
    pets = datasets.get("oxford_iiit_pet")
    make_pets(data / pets.folder)
    monkeypatch.setattr("sys.argv", ["pet_trimaps", str(out), "--with-pets", "--data-dir", str(data)])
    assert pet_trimaps.main() == 0
    assert capsys.readouterr().out == f"pictures: {len(IDS['train']) + 1} in train, {len(IDS['val'])} in val\n"
    for split, pairs in pets.pairs(data / pets.folder).items():
        for pair in pairs:
            with Image.open(out / split / "masks" / f"{pair.image.stem}.png") as mask:
                labels = np.asarray(mask)
            np.testing.assert_array_equal(labels, pets.read_mask(pair, labels.shape))
            copy = out / split / "images" / pair.image.name
            assert copy.read_bytes() == pair.image.read_bytes()
    assert {path.stem for path in (out / "val" / "images").iterdir()} == set(IDS["val"])
    assert (out / "train" / "images" / "a.jpg").exists()
