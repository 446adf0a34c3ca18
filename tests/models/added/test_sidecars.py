"""Files of Hugging Face and Ultralytics beside a model."""

import json

import numpy as np
import openvino
import pytest
import yaml
from onnx import helper

from configs.errors import UserError
from models.added.inspecting import inspect_here
from models.added.sidecars import LIMIT
from tests.models.added.onnx_files import CLASSES, constant, conv, model, port, saved, segmenter, weights

NAMES = {"0": "wall", "1": "building", "2": "sky", "3": "floor"}
CONFIG = {"architectures": ["SegformerForSemanticSegmentation"], "id2label": NAMES, "semantic_loss_ignore_index": 255}
PREPARATION = {
    "do_resize": True,
    "size": {"height": 96, "width": 128},
    "do_rescale": True,
    "rescale_factor": 0.00392156862745098,
    "do_normalize": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.3, 0.4],
    "do_reduce_labels": True,
}


def facts_with(folder, config=None, preparation=None, made=None):
    for name, content in (("config.json", config), ("preprocessor_config.json", preparation)):
        if content is not None:
            (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return inspect_here(saved(folder, made or segmenter()))


def test_names_and_preparation_are_taken_from_hugging_face(tmp_path):
    facts = facts_with(tmp_path, CONFIG, PREPARATION)
    guesses = facts.guesses
    assert facts.task == "semantic"
    assert guesses.class_names.value == ("wall", "building", "sky", "floor")
    assert guesses.range.value == (0, 1)
    assert guesses.mean.value == (0.5, 0.4, 0.3)
    assert guesses.std.value == (0.2, 0.3, 0.4)
    assert guesses.resize.value == "stretch"
    assert guesses.first_id.value == 1
    assert guesses.void.value is None
    for guess in (guesses.class_names, guesses.range, guesses.mean, guesses.resize, guesses.first_id, guesses.colour):
        assert guess.certain


def test_the_size_is_used_where_the_network_takes_any(tmp_path):
    made = model([conv("image", "out")], [port("out", None)], inputs=[port("image", [1, 3, "h", "w"])])
    assert facts_with(tmp_path, preparation=PREPARATION, made=made).guesses.input_size.value == (96, 128)


@pytest.mark.parametrize(
    ("change", "question", "value"),
    [
        ({"do_rescale": False}, "range", (0, 255)),
        ({"rescale_factor": 1 / 127.5}, "range", (0, 2)),
        ({"rescale_factor": 10**400}, "mean", None),
        ({"do_normalize": False}, "mean", None),
        ({"image_mean": 10**400}, "mean", None),
        ({"image_mean": [0.5, 0.4, -(10**400)]}, "mean", None),
        ({"do_normalize": False}, "std", None),
        ({"do_reduce_labels": False}, "first_id", 0),
        ({"do_flip_channel_order": True}, "colour", "BGR"),
        ({"size": {"shortest_edge": 512}}, "input_size", (32, 48)),
        ({"size": 64}, "input_size", (32, 48)),  # the file itself fixes it
        ({"image_mean": 0.5}, "mean", (0.5, 0.5, 0.5)),
    ],
)
def test_each_setting_of_the_preparation(tmp_path, change, question, value):
    assert getattr(facts_with(tmp_path, preparation=PREPARATION | change).guesses, question).value == value


def test_a_class_left_out_of_the_training_is_void(tmp_path):
    void = facts_with(tmp_path, CONFIG | {"semantic_loss_ignore_index": 0}).guesses.void
    assert (void.value, void.certain) == (0, True)


def test_placeholder_names_are_none(tmp_path):
    names = {str(index): f"LABEL_{index}" for index in range(CLASSES)}
    assert facts_with(tmp_path, CONFIG | {"id2label": names}).guesses.class_names.value is None


def test_a_class_with_the_name_of_void_is_a_guess(tmp_path):
    void = facts_with(tmp_path, CONFIG | {"id2label": NAMES | {"3": "Unlabelled"}}).guesses.void
    assert (void.value, void.certain) == (3, False)


def test_names_that_cannot_be_shown_are_left_out(tmp_path):
    facts = facts_with(tmp_path, CONFIG | {"id2label": NAMES | {"3": "wall"}})
    assert facts.guesses.class_names.value is None
    assert any("'wall'" in text for text in facts.warnings)


@pytest.mark.parametrize(
    "architecture",
    ["Mask2FormerForUniversalSegmentation", "MaskFormerForInstanceSegmentation", "ViTForImageClassification"],
)
def test_other_architectures_are_refused_by_name(tmp_path, architecture):
    with pytest.raises(UserError, match=architecture):
        facts_with(tmp_path, CONFIG | {"architectures": [architecture]})


def test_normalisation_inside_the_network_is_not_done_again(tmp_path):
    nodes = [helper.make_node("Div", ["image", "most"], ["scaled"]), conv("scaled", "out")]
    made = model(nodes, [port("out", None)], tensors=[weights(), constant("most", np.array([255], np.float32))])
    guesses = facts_with(tmp_path, CONFIG, PREPARATION, made).guesses
    assert (guesses.range.value, guesses.mean.value, guesses.std.value) == ((0, 255), None, None)


@pytest.mark.parametrize("content", ["{", "[" * 100_000, " " * (LIMIT + 1)])
@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_a_damaged_file_is_named(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=name):
        inspect_here(saved(tmp_path, segmenter()))


@pytest.mark.parametrize("content", ["[]", '"x"', '{"name": "my package"}', "3"])
def test_files_of_that_name_with_other_content_are_left_alone(tmp_path, content):
    facts = facts_with(tmp_path, content, content)
    assert facts.guesses.class_names.value is None
    assert facts.warnings == ()


def test_metadata_of_ultralytics_beside_an_ir(tmp_path):
    openvino.save_model(openvino.Core().read_model(saved(tmp_path, segmenter())), tmp_path / "a.xml")
    metadata = {"task": "semantic", "stride": 32, "names": {0: "a", 1: "b c", 2: "d", 3: "e"}}
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump(metadata))
    assert inspect_here(tmp_path / "a.xml").guesses.class_names.value == ("a", "b c", "d", "e")
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump(metadata | {"task": "segment"}))
    with pytest.raises(UserError, match="instance segmentation"):
        inspect_here(tmp_path / "a.xml")


def test_a_size_that_segdeck_does_not_make_is_said(tmp_path):
    other = PREPARATION | {"size": {"shortest_edge": 448}, "do_center_crop": True}
    assert any("448" in text and "--input-size" in text for text in facts_with(tmp_path, None, other).warnings)
    assert facts_with(tmp_path, None, PREPARATION).warnings == ()


def test_mean_and_std_that_are_not_used_are_left(tmp_path):
    """Transformers 5.24.0 writes MobileViT's preparation so, and gives values from 0 to 1 in the order of BGR."""
    mobilevit = {key: value for key, value in PREPARATION.items() if key != "do_normalize"}
    guesses = facts_with(tmp_path, None, mobilevit | {"do_flip_channel_order": True}).guesses
    assert (guesses.range.value, guesses.mean.value, guesses.std.value) == ((0, 1), None, None)
    assert guesses.mean.certain
    assert guesses.colour.value == "BGR"
