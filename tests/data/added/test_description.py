"""``dataset.yaml``, written by data.add or by hand, and its discovery."""

import os

import pytest

from configs.errors import ConfigError, UserError
from configs.yaml_loader import dump_yaml, load_yaml
from data import datasets
from data.added import adding, description, looking
from tests.data.conftest import write
from tests.data.formats import making

BY_HAND = """\
title: My street
folder: /somewhere/street
format: folder
classes:
  - {name: background, colour: "#000000", values: [0]}
  - {name: car, colour: "#ff0000", values: [1, 7]}
  - {name: nothing, colour: "#ffffff", values: [255]}
void: nothing
uncovered: null
stuff: []
licence: CC0
homepage: https://example.org
"""


def test_a_description_by_hand_is_a_dataset(own_data):
    write(BY_HAND, own_data / "street" / "dataset.yaml")
    dataset = datasets.get("street")
    assert (dataset.title, dataset.folder, dataset.licence, dataset.kind) == (
        "My street",
        "/somewhere/street",
        "CC0",
        None,
    )
    assert (dataset.label_space.names, dataset.label_space.void) == (("background", "car", "nothing"), 2)


def test_what_is_written_is_read_back(tmp_path, own_data):
    making.make_labelme(tmp_path / "source")
    path, _ = adding.save(looking.look(tmp_path / "source", "mine"))
    found = description.load(path)
    assert description.parse(description.dump(found), "again") == found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": None}, ["title"]),
        ({"colour": "red"}, ["colour", "unknown key"]),
        ({"folder": "street"}, ["folder", "absolute", "'street'"]),
        ({"format": "pascal"}, ["format", "labelme", "'pascal'"]),
        ({"void": "sky"}, ["void", "car", "'sky'"]),
        ({"uncovered": "sky"}, ["uncovered", "'sky'"]),
        ({"stuff": ["sky"]}, ["classes", "'sky'"]),
        ({"homepage": "javascript:alert(1)"}, ["homepage"]),
        ({"classes": []}, ["classes"]),
        ({"classes": [{"name": "a", "colour": "red", "values": [0]}]}, ["classes.0.colour", "'red'"]),
        ({"classes": [{"name": "a", "colour": "#ff0000", "values": [0.5]}]}, ["classes.0.values", "0.5"]),
        ({"classes": [{"name": "a", "colour": "#ff0000", "values": [True]}]}, ["classes.0.values"]),
        ({"classes": [{"name": "a", "colour": "#ff0000"}]}, ["classes.0.values", "missing"]),
        (
            {"classes": [{"name": "a", "colour": "#ff0000", "values": [0], "id": 0}]},
            ["classes.0.id", "unknown key", "colour, name, values"],
        ),
        ({"classes": [{"name": "nothing", "colour": "#ff0000", "values": [1]}]}, ["classes", "'nothing'"]),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_key(tmp_path, change, words):
    content = load_yaml(BY_HAND, "x") | change
    if change == {"title": None}:
        del content["title"]
    path = tmp_path / "dataset.yaml"
    path.write_text(dump_yaml(content))
    with pytest.raises(ConfigError) as error:
        description.load(path)
    assert all(word in str(error.value) for word in [str(path), *words]), error.value


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [([1], [1], "1 marks two"), (["#ff0000"], [1], "all numbers"), (["cat"], ["#ff0000"], "all numbers")],
)
def test_values_mark_one_class_and_are_of_one_kind(first, second, words):
    content = load_yaml(BY_HAND, "x")
    content["classes"][0]["values"], content["classes"][1]["values"] = first, second
    content["classes"][2]["values"] = []
    with pytest.raises(ConfigError, match=words):
        description.parse(dump_yaml(content), "x")


@pytest.mark.parametrize("text", ["", "[]", "a: [", "\x00", "a: 1\na: 2"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(ConfigError, match="some file"):
        description.parse(text, "some file")


def test_a_broken_description_does_not_take_the_others_down(own_data):
    write(BY_HAND, own_data / "street" / "dataset.yaml")
    write("broken: [", own_data / "broken" / "dataset.yaml")
    write(BY_HAND, own_data / "camvid" / "dataset.yaml")
    write(BY_HAND, own_data / "Upper Case" / "dataset.yaml")
    write(BY_HAND, own_data / ".hidden" / "dataset.yaml")
    write("no dataset", own_data / "else" / "notes.txt")
    (own_data / "folder" / "dataset.yaml").mkdir(parents=True)
    assert datasets.names() == (*datasets.built_in(), "street")
    reasons = {path.parent.name: reason for path, reason in datasets.invalid()}
    assert sorted(reasons) == ["Upper Case", "broken", "camvid", "folder"]
    assert "comes with SegDeck" in reasons["camvid"]
    assert "'Upper Case'" in reasons["Upper Case"]
    assert datasets.get("camvid").title == "CamVid", "a name cannot be taken over"
    with pytest.raises(UserError, match="not valid YAML"):
        datasets.get("broken")
    with pytest.raises(UserError, match=r"'nobody'.*street"):
        datasets.get("nobody")


def test_a_description_is_parsed_once_until_it_changes(own_data, monkeypatch):
    path = own_data / "street" / "dataset.yaml"
    write(BY_HAND, path)
    first = datasets.get("street")
    load, loads = description.load, []

    def counted(path):
        loads.append(path)
        return load(path)

    monkeypatch.setattr(description, "load", counted)
    assert datasets.get("street") is first
    assert loads == []
    write(BY_HAND.replace("My street", "Our street"), path)
    os.utime(path, ns=(1, 1))
    assert datasets.get("street").title == "Our street"
    assert loads == [path]


def test_without_a_data_folder_there_are_the_built_in_datasets(own_data):
    own_data.rmdir()
    assert datasets.names() == datasets.built_in()
    assert datasets.invalid() == []
