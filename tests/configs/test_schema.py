"""The strict schema: what is rejected and how, and what ``--set`` and ``--quick`` change."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from configs import schema
from configs.errors import ConfigError
from configs.schema import CosineRestarts
from configs.yaml_loader import load_yaml
from tests.facts import facts, mentions

EXAMPLE = Path(__file__).with_name("example.yaml")
DELETE = object()


def example() -> dict[str, Any]:
    content = load_yaml(EXAMPLE.read_text(), EXAMPLE.name)
    assert isinstance(content, dict)
    return content


def changed(path: str, value: Any) -> str:
    """Return the example's YAML with the value at ``path`` replaced, added or deleted."""
    content = example()
    *parents, key = path.split(".")
    section = content
    for parent in parents:
        section = section[parent]
    if value is DELETE:
        del section[key]
    else:
        section[key] = value
    return yaml.safe_dump(content)


def leaves(content: dict[str, Any], prefix: str = "") -> list[str]:
    """List the path of every key, sections included."""
    paths = []
    for key, value in content.items():
        paths.append(prefix + key)
        if isinstance(value, dict):
            paths += leaves(value, f"{prefix}{key}.")
    return paths


REQUIRED = [path for path in leaves(example()) if not path.startswith("model.") or path == "model.architecture"]


@pytest.mark.parametrize("path", schema.LATER)
def test_a_key_that_is_newer_than_a_config_is_off_in_it(path):
    assert path in leaves(example())
    assert schema.parse(changed(path, DELETE), "old.yaml") == schema.parse(
        changed(path, schema.LATER[path]), "new.yaml"
    )


@pytest.mark.parametrize("path", [path for path in REQUIRED if path not in schema.LATER])
def test_a_missing_key_is_named(path):
    with pytest.raises(ConfigError) as error:
        schema.parse(changed(path, DELETE), "x.yaml")
    if path == "train.schedule.kind":
        assert str(error.value).startswith("x.yaml: train.schedule.kind: ")
        assert re.findall(r"'(\w+)'", str(error.value)) == ["cosine", "cosine_restarts", "plateau"]
    else:
        assert str(error.value) == f"x.yaml: {path}: missing key"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("colour", {"data", "evaluate", "model", "name", "train"}),
        ("data.colour", {"augment", "dataset", "image_size", "input_range", "limit", "resize"}),
        ("data.augment.noise", {"aspect", "brightness", "contrast", "flip", "hue", "rotation", "saturation", "scale"}),
        ("train.schedule.factor", {"final", "kind", "warmup_epochs"}),
        (
            "train.loss.tversky",
            {"class_weight_power", "cross_entropy", "dice", "focal_gamma", "label_smoothing", "lovasz"},
        ),
        ("evaluate.metric", {"smallest_object", "split", "subsets"}),
    ],
)
def test_an_unknown_key_is_named_with_what_is_allowed(path, allowed):
    with pytest.raises(ConfigError) as error:
        schema.parse(changed(path, 1), "x.yaml")
    message = str(error.value)
    assert message.startswith(f"x.yaml: {path}: unknown key")
    assert allowed <= set(message.rpartition(": ")[2].split(", "))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("name", "Pets U-Net", ["name", "'Pets U-Net'"]),
        ("name", "", ["name", "''"]),
        ("data.image_size", [256], ["data.image_size.1", "missing"]),
        ("data.image_size", [256, 4], ["data.image_size.1", "greater than or equal", 8, 4]),
        ("data.image_size", [256.0, 256], ["data.image_size.0", "integer", 256.0]),
        ("data.image_size", "256x256", ["data.image_size", "'256x256'"]),
        ("data.resize", "crop", ["data.resize", "'stretch'", "'letterbox'", "'crop'"]),
        ("data.input_range", [1, -1], ["data", "input_range", 1.0, -1.0]),
        ("data.limit", 0, ["data.limit", "greater than or equal", 1, 0]),
        ("data.augment.flip", 1.5, ["data.augment.flip", "less than or equal", 1, 1.5]),
        ("data.augment.flip", True, ["data.augment.flip", "number", True]),
        ("data.augment.scale", [2, 1], ["data.augment", "scale", "from small to large"]),
        ("data.augment.scale", [0, 1], ["data.augment.scale.0", "greater than 0"]),
        ("data.augment.hue", -0.1, ["data.augment.hue", "greater than or equal", 0, -0.1]),
        ("train.learning_rate", -1e-3, ["train.learning_rate", "greater than 0", -0.001]),
        ("train.learning_rate", float("nan"), ["train.learning_rate", "nan"]),
        ("train.learning_rate", float("inf"), ["train.learning_rate", "finite", "inf"]),
        ("train.learning_rate", "fast", ["train.learning_rate", "number", "'fast'"]),
        ("train.epochs", 0, ["train.epochs", "greater than or equal", 1, 0]),
        ("train.epochs", "3", ["train.epochs", "integer", "'3'"]),
        ("train.batch_size", 2.5, ["train.batch_size", "integer", 2.5]),
        ("train.seed", 2**31, ["train.seed", f"less than {2**31}", f"not {2**31}"]),
        ("train.precision", "float16", ["train.precision", "'auto'", "'float32'", "'bfloat16'", "'float16'"]),
        ("train.schedule", {"kind": "step"}, ["train.schedule.kind", "'cosine'", "'cosine_restarts'", "'plateau'"]),
        ("train.schedule.final", 2, ["train.schedule.final", "less than or equal", 1, 2]),
        ("train.encoder", {"frozen_epochs": 1}, ["train.encoder.learning_rate_factor", "missing"]),
        ("train", None, ["train", None]),
        ("train.small_start", {"part": 0.5}, ["train.small_start.image_size", "missing"]),
        ("train.small_start.scale", [2, 1], ["train.small_start", "scale", "from small to large"]),
        ("train.small_start.scale", [0, 1], ["train.small_start.scale.0", "greater than 0"]),
        ("train.small_start.part", 1.5, ["train.small_start.part", "less than 1", 1.5]),
        ("evaluate.subsets", {"common": []}, ["evaluate.subsets.common", 1]),
        ("evaluate.smallest_object", 2, ["evaluate.smallest_object", "less than or equal", 1, 2]),
    ],
)
def test_an_invalid_value_is_rejected_with_its_path_and_what_is_allowed(path, value, expected):
    with pytest.raises(ConfigError) as error:
        schema.parse(changed(path, value), "x.yaml")
    named, *allowed = expected
    assert str(error.value).startswith(f"x.yaml: {named}: ")
    assert mentions(str(error.value), *allowed)
    assert "\n" not in str(error.value)


def test_a_loss_without_terms_is_rejected():
    text = yaml.safe_dump(
        example() | {"train": example()["train"] | {"loss": dict.fromkeys(example()["train"]["loss"], 0)}}
    )
    with pytest.raises(ConfigError, match=facts("cross_entropy", "dice", "lovasz", "above 0")):
        schema.parse(text, "x.yaml")


RESTARTS: dict[str, Any] = {"kind": "cosine_restarts", "warmup_epochs": 2, "final": 0.01, "restarts": [20]}


@pytest.mark.parametrize(
    ("restarts", "expected"),
    [
        ([3], None),
        ([3, 149], None),
        ([2], ["rise", "warmup_epochs (2)", "epochs (150)", "[2]"]),
        ([150], ["rise", "warmup_epochs (2)", "epochs (150)", "[150]"]),
        ([30, 30], ["rise", "[30, 30]"]),
        ([40, 30], ["rise", "[40, 30]"]),
        ([], ["at least 1", "[]"]),
        ([3.5], ["integer", 3.5]),
    ],
)
def test_restarts_must_rise_between_warm_up_and_end(restarts, expected):
    text = changed("train.schedule", RESTARTS | {"restarts": restarts})
    if expected is None:
        assert schema.parse(text, "x.yaml").train.schedule == CosineRestarts(**RESTARTS | {"restarts": restarts})
        return
    with pytest.raises(ConfigError, match=facts("restarts", *expected)):
        schema.parse(text, "x.yaml")


def test_the_last_weights_are_kept_only_without_stopping_early():
    content = example()
    content["train"] |= {"keep": "last"}
    assert schema.parse(yaml.safe_dump(content), "x.yaml").train.keep == "last"
    content["train"] |= {"early_stopping": 3}
    with pytest.raises(ConfigError, match=facts("early_stopping", "null", "last")):
        schema.parse(yaml.safe_dump(content), "x.yaml")
    del content["train"]["keep"]
    assert schema.parse(yaml.safe_dump(content), "x.yaml").train.keep == "best", "as before there was a choice"


def test_quick_keeps_a_single_restart():
    experiment = schema.parse(changed("train.schedule", RESTARTS), "x.yaml", quick=True)
    assert experiment.train.schedule == CosineRestarts(**RESTARTS | {"warmup_epochs": 0, "restarts": [1]})


def test_every_fault_is_reported_at_once():
    content = example()
    content["train"] |= {"epochs": 0, "colour": 1}
    with pytest.raises(ConfigError, match=facts("train.epochs: must", "train.colour: unknown")):
        schema.parse(yaml.safe_dump(content), "x.yaml")


@pytest.mark.parametrize("text", ["", "3", "- a\n- b\n", "null"])
def test_content_that_is_not_a_mapping_is_rejected(text):
    with pytest.raises(ConfigError, match=facts("x.yaml", "name", "data", "model", "train", "evaluate")):
        schema.parse(text, "x.yaml")


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("section", ["data", "train"])
def test_a_section_that_is_not_a_mapping_is_rejected(section, quick):
    with pytest.raises(ConfigError, match=f"x.yaml: {section}: must"):
        schema.parse(changed(section, [1, 2]), "x.yaml", quick=quick)


def test_an_unreadable_file_is_named(tmp_path):
    picture = tmp_path / "picture.yaml"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    for path in (tmp_path / "absent.yaml", tmp_path, picture):
        with pytest.raises(ConfigError, match=str(path)):
            schema.load(path)


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("train.epochs=3", ["train", "epochs"], 3),
        ("train.learning_rate=1e-4", ["train", "learning_rate"], 1e-4),
        ("train.early_stopping=null", ["train", "early_stopping"], None),
        ("train.early_stopping=7", ["train", "early_stopping"], 7),
        ("data.image_size=[64, 96]", ["data", "image_size"], (64, 96)),
        ("data.augment.flip=0", ["data", "augment", "flip"], 0),
        ("train.initial_weights=a=b", ["train", "initial_weights"], "a=b"),
        (
            "train.schedule={kind: plateau, warmup_epochs: 0, factor: 0.5, patience: 3}",
            ["train", "schedule", "kind"],
            "plateau",
        ),
        ("name=other", ["name"], "other"),
    ],
)
def test_set_overrides_one_value(override, path, value):
    plain = schema.load(EXAMPLE)
    experiment = schema.load(EXAMPLE, [override])
    found: Any = experiment
    for part in path:
        found = getattr(found, part)
    assert found == value
    untouched = set(type(experiment).model_fields) - {path[0]}
    assert all(getattr(experiment, name) == getattr(plain, name) for name in untouched)


def test_the_last_override_wins():
    assert schema.load(EXAMPLE, ["train.epochs=3", "train.epochs=4"]).train.epochs == 4


def test_set_reaches_the_architecture_options():
    assert schema.load(EXAMPLE, ["model.filters=[4, 8]"]).model.options["filters"] == [4, 8]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("train.epochs", ["--set train.epochs", "train.epochs=3"]),
        ("=3", ["--set =3", "train.epochs=3"]),
        ("train.epoch=3", ["train.epoch", "unknown key"]),
        ("training.epochs=3", ["--set training.epochs=3", "training is not a section"]),
        ("train.epochs.x=3", ["--set train.epochs.x=3", "train.epochs is not a section"]),
        ("train.epochs=many", ["train.epochs", "integer", "'many'"]),
        ("train.epochs=[3", ["--set train.epochs=[3", "YAML"]),
        ("train..epochs=3", ["--set train..epochs=3"]),
    ],
)
def test_a_bad_override_is_named(override, expected):
    with pytest.raises(ConfigError, match=facts(*expected)) as error:
        schema.load(EXAMPLE, [override])
    assert "\n" not in str(error.value)


def test_quick_shrinks_and_overrides_take_precedence():
    experiment = schema.load(EXAMPLE, ["train.batch_size=3"], quick=True)
    assert (experiment.data.limit, experiment.train.epochs, experiment.train.batch_size) == (8, 2, 3)
    assert experiment.model == schema.load(EXAMPLE).model


def test_quick_still_rejects_invalid_values_it_would_overwrite():
    with pytest.raises(ConfigError, match=r"train\.epochs: must"):
        schema.parse(changed("train.epochs", -1), "x.yaml", quick=True)


rates = st.floats(min_value=0, exclude_min=True, allow_nan=False, allow_infinity=False)


@given(rate=rates, size=st.tuples(st.integers(8, 4096), st.integers(8, 4096)), seed=st.integers(0, 2**31 - 1))
def test_a_dumped_experiment_is_read_back_equal(rate, size, seed):
    content = copy.deepcopy(example())
    content["train"] |= {"learning_rate": rate, "seed": seed}
    content["data"]["image_size"] = list(size)
    experiment = schema.validate(schema.Experiment, content, "x.yaml")
    assert schema.parse(schema.dump(experiment), "dumped") == experiment


def test_an_experiment_is_immutable():
    experiment = schema.load(EXAMPLE)
    with pytest.raises(ValueError, match="frozen"):
        experiment.train.epochs = 3


def test_no_key_has_a_default():
    sections: list[type[BaseModel]] = [schema.Section]
    seen: list[type[BaseModel]] = []
    while sections:
        section = sections.pop()
        seen.append(section)
        sections += section.__subclasses__()
    own = [section for section in seen if section.__module__ == schema.__name__]
    assert len(own) > 5
    for section in own:
        assert [name for name, field in section.model_fields.items() if not field.is_required()] == []
