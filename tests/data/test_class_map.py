"""The file in which a user says what a model's classes mean."""

import dataclasses

import pytest

from configs.errors import UserError
from data import class_map, datasets
from data.label_space import LabelSpace
from data.shared_classes import ANYTHING_ELSE, shared_classes
from tests.facts import facts

VOC = datasets.get("voc2012")
NAMES = ("nothing", "kitty", "wheels", "logo", "7", "unsure")
MODEL = dataclasses.replace(
    VOC,
    name="model",
    title="its own classes",
    label_space=LabelSpace(NAMES, tuple(f"#{index:06x}" for index in range(6)), 5),
)


def write(folder, text):
    file = folder / "classes.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_classes_mean_what_the_file_says(tmp_path):
    assert shared_classes(MODEL, VOC) == (), "names alone say nothing"
    text = "nothing: background\nkitty: cat\nwheels: [car, bus, train]\nlogo: []\n7: dog\n"
    shared = shared_classes(MODEL, VOC, meanings=class_map.load(write(tmp_path, text), MODEL, VOC))
    ids = {one.name: (one.first, {VOC.label_space.names[ident] for ident in one.second}) for one in shared}
    rest = set(VOC.label_space.names) - {"void", "cat", "dog", "car", "bus", "train"}
    assert ids["cat"] == ((1,), {"cat"})
    assert ids["dog"] == ((4,), {"dog"})
    assert [ids[name] for name in ids if "car" in name] == [((2,), {"car", "bus", "train"})]
    assert ids[ANYTHING_ELSE][0] == (0,)
    assert ids[ANYTHING_ELSE][1] <= rest
    assert "background" in ids[ANYTHING_ELSE][1]
    assert len(ids) == 4, "the logo has no counterpart"


def test_a_class_that_is_not_in_the_file_keeps_the_meaning_of_its_name(tmp_path):
    pets = datasets.get("oxford_iiit_pet")
    meanings = class_map.load(write(tmp_path, "border: cat"), pets, VOC)
    found = {one.name: one.first for one in shared_classes(pets, VOC, meanings=meanings)}
    assert found == {"pet": (0, 2), ANYTHING_ELSE: (1,)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lion: cat", ("lion", "kitty, wheels")),
        ("unsure: cat", ("unsure", "kitty, wheels")),
        ("kitty: lion", ("kitty", "lion", "PASCAL VOC 2012", "sheep")),
        ("kitty: void", ("kitty", "void")),
        ("kitty: [lion]", ("kitty", "lion", "pedestrian")),
        ("kitty: [[cat]]", ("kitty", "['cat']")),
        ("kitty: 3", ("kitty", "3", "PASCAL VOC 2012")),
        ("kitty:", ("kitty", "None")),
        ("kitty: cat\nkitty: dog", ("kitty", "twice")),
        ("[cat]", ("kitty: cat",)),
        ("", ("kitty: cat",)),
        ("kitty: [", ("YAML",)),
        (b"kitty: \xff", ("UTF-8",)),
        (b"#" * (2 << 20), ("1,048,576",)),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_a_mistake_is_named_with_the_file(tmp_path, text, expected):
    file = write(tmp_path, text)
    with pytest.raises(UserError, match=facts(file.name, *expected)):
        class_map.load(file, MODEL, VOC)


@pytest.mark.parametrize(("name", "reason"), [("gone.yaml", "No such file"), (".", "directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, reason):
    with pytest.raises(UserError, match=reason):
        class_map.load(tmp_path / name, MODEL, VOC)
