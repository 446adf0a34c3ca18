"""OpenVINO's IR, and Model API's section ``model_info`` in it."""

import openvino
import pytest
from openvino.preprocess import ColorFormat, PrePostProcessor

from configs.errors import UserError
from models.added.inspecting import inspect_here
from tests.models.added.onnx_files import CLASSES, saved, segmenter

IMAGENET = {"mean_values": "123.675 116.28 103.53", "scale_values": "58.395 57.12 57.375"}


def network(folder, tail=None, **attributes):
    return openvino.Core().read_model(saved(folder, segmenter(tail, **attributes)))


def ir(folder, info=None, made=None):
    """Write a network as IR, with ``info`` as its section ``model_info``."""
    made = made or network(folder)
    for key, value in (info or {}).items():
        made.set_rt_info(value, ["model_info", key])
    openvino.save_model(made, folder / "a.xml", compress_to_fp16=False)
    return folder / "a.xml"


def test_an_ir_is_its_two_files(tmp_path):
    facts = inspect_here(ir(tmp_path))
    assert facts.format == "openvino"
    assert facts.files == ("a.xml", "a.bin")
    assert facts.parameters == CLASSES * 27
    assert facts.guesses.output.value == "logits"
    assert not facts.guesses.range.certain


def test_missing_weights_are_named(tmp_path):
    path = ir(tmp_path)
    path.with_suffix(".bin").unlink()
    with pytest.raises(UserError, match=r"a\.bin"):
        inspect_here(path)


def test_weights_cut_short_are_refused(tmp_path):
    path = ir(tmp_path)
    path.with_suffix(".bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"a\.xml"):
        inspect_here(path)


@pytest.mark.parametrize("content", ["hello", "<net>", "<net name='a' version='11'></net>", "<!DOCTYPE a><a/>"])
def test_other_xml_is_refused(tmp_path, content):
    (tmp_path / "a.xml").write_text(content)
    (tmp_path / "a.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"a\.xml"):
        inspect_here(tmp_path / "a.xml")


@pytest.mark.parametrize(
    ("labels", "names", "certain"),
    [
        ("sky road car tree", ("sky", "road", "car", "tree"), True),
        ("sky traffic_light car tree", ("sky", "traffic light", "car", "tree"), False),
        ("road car tree", ("background", "road", "car", "tree"), False),
        ("sky traffic light road car", None, False),
    ],
)
def test_labels_are_counted_against_the_channels(tmp_path, labels, names, certain):
    guess = inspect_here(ir(tmp_path, {"labels": labels})).guesses.class_names
    assert (guess.value, guess.certain) == (names, certain)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (
            IMAGENET | {"reverse_input_channels": "YES"},
            {"range": (0, 255), "mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375), "colour": "RGB"},
        ),
        (IMAGENET, {"colour": "RGB", "mean": (123.675, 116.28, 103.53)}),
        ({"mean_values": "104 117 124"}, {"colour": "BGR", "mean": (124, 117, 104), "std": None}),
        ({"scale_values": "255"}, {"range": (0, 1), "mean": None, "std": None}),
        ({"mean_values": "127.5", "scale_values": "127.5"}, {"mean": (127.5,) * 3, "std": (127.5,) * 3}),
        ({"resize_type": "standard"}, {"resize": "stretch", "range": (0, 255)}),
        ({"resize_type": "fit_to_window_letterbox", "pad_value": "114"}, {"resize": "letterbox"}),
        ({"mean_values": "nan nan nan"}, {"mean": None}),
        ({"model_type": "Segmentation"}, {"range": (0, 1)}),
    ],
)
def test_model_info_is_taken_over(tmp_path, info, expected):
    guesses = inspect_here(ir(tmp_path, info)).guesses
    assert {question: getattr(guesses, question).value for question in expected} == expected


@pytest.mark.parametrize(
    ("info", "word"),
    [
        ({"resize_type": "fit_to_window", "pad_value": "114"}, "right"),
        ({"resize_type": "crop"}, "square"),
        ({"resize_type": "fit_to_window_letterbox", "pad_value": "0"}, " 0 "),
        ({"resize_type": "fit_to_window_letterbox", "pad_value": "114"}, None),
        ({"resize_type": "standard"}, None),
    ],
)
def test_ways_of_resizing_that_segdeck_lacks_are_said(tmp_path, info, word):
    found = inspect_here(ir(tmp_path, info)).warnings
    assert len(found) == (word is not None)
    assert all(word in text for text in found)


def test_what_is_embedded_is_not_applied_again(tmp_path):
    made = network(tmp_path, "Softmax", axis=1)
    steps = PrePostProcessor(made)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    steps.input().tensor().set_color_format(ColorFormat.BGR).set_spatial_dynamic_shape()
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(openvino.Type.f32).convert_color(ColorFormat.RGB)
    steps.input().preprocess().mean([123.675, 116.28, 103.53]).scale([58.395, 57.12, 57.375])
    steps.input().preprocess().resize(openvino.preprocess.ResizeAlgorithm.RESIZE_LINEAR)
    info = {"embedded_processing": "YES", "orig_height": "32", "orig_width": "48"}
    facts = inspect_here(ir(tmp_path, IMAGENET | info | {"reverse_input_channels": "YES"}, steps.build()))
    guesses = facts.guesses
    assert facts.inputs[0].dtype == "uint8"
    assert guesses.input_size.value == (32, 48)
    assert (guesses.layout.value, guesses.colour.value) == ("NHWC", "BGR")
    assert (guesses.range.value, guesses.mean.value, guesses.std.value) == ((0, 255), None, None)


@pytest.mark.parametrize("kind", ["ssd", "YOLOX", "Classification", "MaskRCNN"])
def test_other_model_types_are_refused_by_name(tmp_path, kind):
    with pytest.raises(UserError, match=kind):
        inspect_here(ir(tmp_path, {"model_type": kind}))


@pytest.mark.parametrize("missing", ["saved_model.pb", "variables/variables.index"])
def test_a_saved_model_without_a_part_is_refused(tmp_path, missing):
    folder = tmp_path / "saved"
    for part in {"saved_model.pb", "variables/variables.index"} - {missing}:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_bytes(b"x")
    with pytest.raises(UserError, match=r"saved_model\.pb|variables"):
        inspect_here(folder if folder.exists() else tmp_path, tmp_path)


def test_a_producer_that_is_no_text_is_left_out(tmp_path):
    made = network(tmp_path)
    made.set_rt_info("pytorch", ["conversion_parameters", "framework"])
    path = ir(tmp_path, made=made)
    content = path.read_bytes()
    assert b'"pytorch"' in content
    path.write_bytes(content.replace(b'"pytorch"', b'"\xbdytorch"'))
    assert inspect_here(path).producer == "OpenVINO"


def test_values_of_no_type_are_refused(tmp_path):
    path = ir(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'element_type="f32"', b'element_type="dynamic"'))
    with pytest.raises(UserError, match="dynamic"):
        inspect_here(path)
