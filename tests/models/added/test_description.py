"""``model.yaml``: what is written is read back, and a mistake is one sentence with the path of the key."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import ConfigError
from configs.yaml_loader import dump_yaml
from models.added import description
from tests.facts import facts
from tests.models.added.described import NAMES, content

DELETE = object()


def changed(path: str, value: Any) -> str:
    """Return a valid description with the value at ``path`` replaced, added or deleted."""
    described = content()
    *sections, key = path.split(".")
    section = described
    for name in sections:
        section = section[name]
    if value is DELETE:
        del section[key]
    else:
        section[key] = value
    return yaml.safe_dump(described)


def leaves(section: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, value in section.items():
        found.append(prefix + key)
        if isinstance(value, dict):
            found += leaves(value, f"{prefix}{key}.")
    return found


@pytest.mark.parametrize("path", leaves(content()))
def test_a_missing_key_is_named(path):
    with pytest.raises(ConfigError, match=facts("x.yaml", path, "missing")):
        description.parse(changed(path, DELETE), "x.yaml")


@pytest.mark.parametrize("path", ["other", "source.other", "input.other", "output.other", "classes.other"])
def test_an_unknown_key_is_named_with_those_that_are_known(path):
    with pytest.raises(ConfigError, match=facts("x.yaml", path, "unknown")):
        description.parse(changed(path, 1), "x.yaml")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("engine", "tensorrt", ("'tensorrt'", "'openvino'")),
        ("engine", "litert", ("litert", "onnx", "onnxruntime")),
        ("smallest_object", 2, (2,)),
        ("source.files", [], ()),
        ("source.files", "model.onnx", ("'model.onnx'",)),
        ("source.format", "keras", ("'keras'",)),
        ("source.parameters", -1, (-1,)),
        ("input.size", [32], ()),
        ("input.size", [4, 32], (4, 8)),
        ("input.size", [32, 5000], (5000, 4096)),
        ("input.size", "32x32", ("'32x32'",)),
        ("input.layout", "HWC", ("'HWC'", "'NCHW'")),
        ("input.colour", "rgb", ("'rgb'", "'BGR'")),
        ("input.resize", "crop", ("'crop'", "'letterbox'")),
        ("input.padding", 256, (256, 255)),
        ("input.mean", [1, 2], ()),
        ("input.mean", [".nan", 0, 0], ()),
        ("output.kind", "softmax", ("'softmax'", "'logits'")),
        ("output.layout", "CHW", ("'CHW'",)),
        ("classes.names", [], ()),
        ("classes.names", ["a", 7], (7,)),
        ("classes.names", ["a", ""], ()),
        ("classes.names", [str(index) for index in range(256)], (255,)),
        ("classes.dataset", "My Set", ("'My Set'",)),
        ("classes.void", 3, (3,)),
        ("classes.concepts", ["cat"], ()),
    ],
)
def test_a_wrong_value_is_named_with_its_key(path, value, told):
    with pytest.raises(ConfigError, match=facts("x.yaml", path, *told)) as error:
        description.parse(changed(path, value), "x.yaml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("input.range", [1, 0], ("input", "range", 1, 0)),
        ("input.range", [0, 0], ("input", "range")),
        ("input.std", [1, 0, 1], ("input", "std", 0)),
        ("input.std", [1, -1, 1], ("input", "std", -1)),
        ("output.threshold", 0.5, ("output", "threshold", "logits")),
        ("output.kind", "binary", ("output", "threshold", "binary")),
        ("output.layout", "NHW", ("output", "layout", "logits")),
        ("classes.names", ["a", "b", "a"], ("classes", "'a'")),
        ("classes.void", "tram", ("classes", "void", "'tram'")),
        ("classes.colours", ["#112233"], ("classes", 4, 1)),
        ("classes.colours", ["red"] * 4, ("classes", "red")),
        ("classes.dataset", "nothing", ("classes", "nothing", "camvid")),
        ("classes.dataset", "camvid", ("classes", "'background'")),
        ("classes.concepts", {"tram": ["cat"]}, ("classes", "tram")),
        ("classes.concepts", {NAMES[1]: ["unicorn"]}, ("classes", "unicorn")),
    ],
)
def test_values_that_contradict_each_other_are_named_with_their_section(path, value, told):
    with pytest.raises(ConfigError, match=facts("x.yaml", *told)) as error:
        description.parse(changed(path, value), "x.yaml")
    assert ": :" not in str(error.value)


def test_a_binary_network_has_two_classes():
    text = yaml.safe_dump(content(output__kind="binary", output__threshold=0.5))
    with pytest.raises(ConfigError, match=facts("x.yaml", "classes", 4)):
        description.parse(text, "x.yaml")


@pytest.mark.parametrize(("key", "value"), [("colours", ["#112233", "#445566"]), ("concepts", {"road": ["road"]})])
def test_a_dataset_brings_its_own_colours_and_concepts(key, value):
    changes = {"classes__dataset": "camvid", "classes__names": ["road", "sky"], f"classes__{key}": value}
    with pytest.raises(ConfigError, match=facts("classes", key, "camvid")):
        description.parse(yaml.safe_dump(content(**changes)), "x.yaml")


@pytest.mark.parametrize("text", ["", "- 1", "engine: [", "engine: a\nengine: b"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(ConfigError, match=facts("x.yaml")):
        description.parse(text, "x.yaml")


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    with pytest.raises(ConfigError, match=facts(tmp_path / "model.yaml")):
        description.load(tmp_path / "model.yaml")
    (tmp_path / "model.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=facts(tmp_path / "model.yaml", "UTF-8")):
        description.load(tmp_path / "model.yaml")


NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@settings(max_examples=20)
@given(
    names=st.lists(NAME, min_size=2, max_size=9, unique=True),
    low=st.floats(-1000, 999),
    colour=st.sampled_from(["RGB", "BGR"]),
    mean=st.none() | st.tuples(*[st.floats(-1e6, 1e6)] * 3),
    std=st.none() | st.tuples(*[st.floats(1e-6, 1e6)] * 3),
)
def test_what_is_written_is_read_back(names, low, colour, mean, std):
    changes = {"input__range": [low, 1000], "input__colour": colour, "input__mean": mean, "input__std": std}
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in changes.items()}
    text = dump_yaml(content(classes__names=names, **lists))  # PyYAML alone leaves a name such as 0E0 unquoted
    described = description.parse(text, "x.yaml")
    assert description.parse(description.dump(described), "x.yaml") == described
