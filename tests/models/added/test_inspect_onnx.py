"""ONNX files: what is read from them, and what is refused before an engine sees them."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from configs.errors import UserError
from models.added.engines import OpenVINOEngine
from models.added.inspect_onnx import read, write_without_traces
from models.added.inspecting import inspect_here
from models.added.ultralytics_metadata import class_names
from models.inference.export import exported_onnx
from tests.models.added.onnx_files import CLASSES, constant, conv, model, port, saved, segmenter, weights

ULTRALYTICS = {"task": "semantic", "names": "{0: \"driver's door\", 1: 'sky', 2: 'road', 3: 'car'}", "stride": "32"}
NAMES = ("driver's door", "sky", "road", "car")


@pytest.mark.parametrize(
    ("tail", "attributes", "kind", "channels", "layout"),
    [
        (None, {}, "logits", CLASSES, "NCHW"),
        ("Softmax", {"axis": 1}, "probabilities", CLASSES, "NCHW"),
        ("LogSoftmax", {"axis": 1}, "logits", CLASSES, "NCHW"),
        ("Sigmoid", {}, "probabilities", CLASSES, "NCHW"),
        ("ArgMax", {"axis": 1, "keepdims": 0}, "labels", None, "NHW"),
        ("ArgMax", {"axis": 1, "keepdims": 1}, "labels", None, "NCHW"),
        ("Transpose", {"perm": [0, 2, 3, 1]}, "logits", CLASSES, "NHWC"),
    ],
)
def test_the_end_of_the_network_tells_what_its_output_is(tmp_path, tail, attributes, kind, channels, layout):
    guesses = inspect_here(saved(tmp_path, segmenter(tail, **attributes))).guesses
    assert guesses.output.value == kind
    assert guesses.channels.value == channels
    assert guesses.output_layout.value == layout
    assert guesses.output_size.value == (32, 48)


@pytest.mark.parametrize(("tail", "threshold"), [("Sigmoid", 0.5), (None, 0.0)])
def test_one_channel_is_binary_and_its_threshold_follows_from_its_end(tmp_path, tail, threshold):
    nodes = [conv("image", "logits"), helper.make_node(tail or "Identity", ["logits"], ["out"])]
    made = model(nodes, [port("out", None)], tensors=[weights(channels=1)])
    guesses = inspect_here(saved(tmp_path, made)).guesses
    assert (guesses.output.value, guesses.channels.value, guesses.threshold.value) == ("binary", 2, threshold)


def test_ports_parameters_and_size_are_read(tmp_path):
    facts = inspect_here(saved(tmp_path, segmenter()))
    assert facts.files == ("model.onnx",)
    assert facts.inputs[0].shape == (1, 3, 32, 48)
    assert facts.parameters == CLASSES * 27
    assert facts.guesses.input_size.value == (32, 48)
    assert facts.guesses.input_size.certain
    assert not facts.any_size
    assert facts.engine.startswith("OpenVINO ")


def test_a_network_of_any_size_gets_one_that_works(tmp_path):
    made = model([conv("image", "out")], [port("out", None)], inputs=[port("image", ["n", 3, "h", "w"])])
    facts = inspect_here(saved(tmp_path, made))
    assert facts.any_size
    assert (facts.guesses.input_size.value, facts.guesses.input_size.certain) == ((512, 512), False)


def test_channels_last_are_recognised_by_the_axis_of_length_three(tmp_path):
    nodes = [helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2]), conv("first", "out")]
    made = model(nodes, [port("out", None)], inputs=[port("image", [None, 32, 48, 3])])
    guesses = inspect_here(saved(tmp_path, made)).guesses
    assert (guesses.layout.value, guesses.layout.certain, guesses.input_size.value) == ("NHWC", True, (32, 48))


def test_scores_at_a_quarter_of_the_size_are_a_map(tmp_path):
    made = model([conv("image", "out", stride=4)], [port("out", None)])
    assert inspect_here(saved(tmp_path, made)).guesses.output_size.value == (8, 12)


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        (np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32), (0, 1)),
        (np.array([123.7, 116.3, 103.5], np.float32), np.array([58.4, 57.1, 57.4], np.float32), (0, 255)),
        (np.array([0], np.float32), np.array([255], np.float32), (0, 255)),
        (np.array([127.5], np.float32), np.array([127.5], np.float32), (0, 255)),
        (np.array([104, 117, 124], np.float32), np.array([1], np.float32), (0, 255)),
    ],
)
def test_normalisation_inside_the_network_tells_the_range(tmp_path, mean, std, expected):
    tensors = [weights(), constant("mean", mean.reshape(1, -1, 1, 1)), constant("std", std.reshape(1, -1, 1, 1))]
    nodes = [helper.make_node("Sub", ["image", "mean"], ["a"]), helper.make_node("Div", ["a", "std"], ["b"])]
    made = model([*nodes, conv("b", "out")], [port("out", None)], tensors=tensors, producer="pytorch")
    guesses = inspect_here(saved(tmp_path, made)).guesses
    assert guesses.range.value == expected
    assert guesses.range.certain
    assert guesses.mean.value is None
    assert guesses.std.value is None


def test_what_pytorch_usually_wants_is_a_guess(tmp_path):
    guesses = inspect_here(saved(tmp_path, segmenter(producer="pytorch"))).guesses
    assert guesses.range.value == (0, 1)
    assert guesses.mean.value == (0.485, 0.456, 0.406)
    assert not guesses.range.certain
    assert not guesses.mean.certain


def test_bytes_are_fed_as_they_are(tmp_path):
    nodes = [helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT), conv("real", "out")]
    made = model(nodes, [port("out", None)], inputs=[port("image", [1, 3, 32, 48], TensorProto.UINT8)])
    guesses = inspect_here(saved(tmp_path, made)).guesses
    assert (guesses.range.value, guesses.range.certain) == ((0, 255), True)


def test_half_precision_inputs_work(tmp_path):
    nodes = [helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT), conv("real", "out")]
    made = model(nodes, [port("out", None)], inputs=[port("image", [1, 3, 32, 48], TensorProto.FLOAT16)])
    facts = inspect_here(saved(tmp_path, made))
    assert facts.inputs[0].dtype == "float16"
    assert facts.guesses.output.value == "logits"


def test_of_two_heads_the_first_of_full_size_is_used(tmp_path):
    nodes = [conv("image", "small", stride=2), conv("image", "main"), conv("image", "aux")]
    outputs = [port(name, None) for name in ("small", "main", "aux")]
    facts = inspect_here(saved(tmp_path, model(nodes, outputs)))
    assert facts.guesses.output_name.value == "main"
    assert not facts.guesses.output_name.certain
    assert any("main" in text and "aux" in text and "small" in text for text in facts.warnings)


@pytest.mark.parametrize("name", ["aux", "decode_head/aux_logits", "AuxiliaryHead"])
def test_an_auxiliary_head_is_not_the_first_choice(tmp_path, name):
    nodes = [conv("image", name), conv("image", "out")]
    facts = inspect_here(saved(tmp_path, model(nodes, [port(name, None), port("out", None)])))
    assert facts.guesses.output_name.value == "out"
    assert any(name in text for text in facts.warnings)


@pytest.mark.parametrize("shape", [[CLASSES, 32, 48], [32, 48, CLASSES], [1, 32 * 48, CLASSES]])
def test_scores_in_other_axes_are_not_called_boxes(tmp_path, shape):
    nodes = [conv("image", "logits"), helper.make_node("Reshape", ["logits", "shape"], ["out"])]
    made = model(nodes, [port("out", None)], tensors=[weights(), constant("shape", np.array(shape))])
    with pytest.raises(UserError, match="scores of shape") as error:
        inspect_here(saved(tmp_path, made))
    assert "detector" not in str(error.value)


def test_a_scalar_beside_the_map_is_no_second_head(tmp_path):
    nodes = [conv("image", "out"), helper.make_node("Shape", ["image"], ["batch"], start=0, end=1)]
    facts = inspect_here(saved(tmp_path, model(nodes, [port("batch", [1], TensorProto.INT64), port("out", None)])))
    assert facts.guesses.output_name.value == "out"
    assert facts.warnings == ()


# --- metadata


def test_ultralytics_semantic_metadata(tmp_path):
    facts = inspect_here(saved(tmp_path, segmenter("ArgMax", axis=1, keepdims=0, metadata=ULTRALYTICS)))
    guesses = facts.guesses
    assert facts.task == "semantic"
    assert guesses.class_names.value == NAMES
    assert guesses.channels.value == CLASSES
    assert (guesses.range.value, guesses.mean.value, guesses.resize.value) == ((0, 1), None, "letterbox")
    assert all(guess.certain for guess in (guesses.range, guesses.mean, guesses.resize, guesses.colour))


def test_ultralytics_with_one_class_has_the_background_first(tmp_path):
    nodes = [
        conv("image", "logits"),
        helper.make_node("Squeeze", ["logits", "axis"], ["flat"]),
        helper.make_node("Greater", ["flat", "zero"], ["above"]),
        helper.make_node("Cast", ["above"], ["output0"], to=TensorProto.UINT8),
    ]
    tensors = [weights(channels=1), constant("axis", np.array([1], np.int64)), constant("zero", np.float32(0))]
    made = model(
        nodes,
        [port("output0", [1, 32, 48], TensorProto.UINT8)],
        tensors=tensors,
        metadata=ULTRALYTICS | {"names": "{0: 'crack'}"},
    )
    guesses = inspect_here(saved(tmp_path, made)).guesses
    assert guesses.output.value == "labels"
    assert guesses.class_names.value == ("background", "crack")
    assert guesses.channels.value == 2


@pytest.mark.parametrize("task", ["segment", "detect", "pose", "obb", "classify", "depth", "new-task"])
def test_ultralytics_other_tasks_are_refused_by_name(tmp_path, task):
    path = saved(tmp_path, segmenter(metadata=ULTRALYTICS | {"task": task}))
    with pytest.raises(UserError, match="semantic"):
        read(path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{0: \"driver's door\", 1: 'traffic light'}", ("driver's door", "traffic light")),
        ("['a', 'b']", ("a", "b")),
        ("{1: 'a'}", None),
        ("__import__('os').system('true')", None),
        ("{0: 'a'", None),
        ("[" * 5000, None),
    ],
)
def test_ultralytics_names_are_a_literal(text, names):
    assert class_names(text) == names


def test_names_that_do_not_fit_are_left_out(tmp_path):
    facts = inspect_here(saved(tmp_path, segmenter(metadata=ULTRALYTICS | {"names": "{0: 'a', 1: 'b'}"})))
    assert facts.guesses.class_names.value is None
    assert any("2" in text and str(CLASSES) in text for text in facts.warnings)


# --- companions


def test_a_companion_is_found_and_named(tmp_path):
    path = saved(tmp_path, segmenter(), save_as_external_data=True, location="model.onnx.data", size_threshold=0)
    facts = inspect_here(path)
    assert facts.files == ("model.onnx", "model.onnx.data")
    assert facts.parameters == CLASSES * 27


def test_a_missing_companion_is_named(tmp_path):
    path = saved(tmp_path, segmenter(), save_as_external_data=True, location="w.onnx.data", size_threshold=0)
    path.with_name("w.onnx.data").unlink()
    with pytest.raises(UserError, match=r"w\.onnx\.data"):
        read(path)


def test_a_companion_cut_short_is_named_with_both_sizes(tmp_path):
    path = saved(tmp_path, segmenter(), save_as_external_data=True, location="w.data", size_threshold=0)
    path.with_name("w.data").write_bytes(bytes(100))
    with pytest.raises(UserError, match=r"w\.data.* 432 .* 100"):
        read(path)


@pytest.mark.parametrize("location", ["/etc/passwd", "../secret", "folder/w.data", "..", "", "a\\b"])
def test_weights_outside_the_folder_are_refused(tmp_path, location):
    made = segmenter()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(bytes(1000))
    path = folder / "model.onnx"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(UserError, match="external_data=False"):
        read(path)


def test_a_link_as_companion_is_refused(tmp_path):
    path = saved(tmp_path, segmenter(), save_as_external_data=True, location="w.data", size_threshold=0)
    path.with_name("w.data").rename(tmp_path / "elsewhere")
    path.with_name("w.data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"w\.data"):
        read(path)


def test_the_programs_of_whoever_exported_it_are_not_handed_on(tmp_path):
    made = segmenter("Relu", metadata={"task": "kept"})
    for node in made.graph.node:
        node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value="/home/somebody/secret.py")
        node.doc_string = "/home/somebody/secret.py"
    path = saved(tmp_path, made, save_as_external_data=True, location="w.data", size_threshold=0)
    before = OpenVINOEngine(path).infer(np.ones((1, 3, 32, 48), np.float32))
    write_without_traces(path, path)
    assert b"secret" not in path.read_bytes()
    assert b"kept" in path.read_bytes()
    np.testing.assert_array_equal(OpenVINOEngine(path).infer(np.ones((1, 3, 32, 48), np.float32)), before)


def test_values_that_are_no_numbers_are_said(tmp_path):
    nodes = [conv("image", "a"), helper.make_node("Log", ["a"], ["out"])]
    facts = inspect_here(saved(tmp_path, model(nodes, [port("out", None)])))
    assert any("out" in text for text in facts.warnings)


# --- refusals


@pytest.mark.parametrize("content", [b"hello", bytes(100), b"\x08\x09", b"<html></html>"])
def test_what_is_no_onnx_file_is_refused(tmp_path, content):
    path = tmp_path / "other.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"other\.onnx"):
        read(path)


@pytest.mark.parametrize(("name", "damaged"), [(b"image", b"ima\x19\xb6"), (b"out", b"o\xb6t")])
def test_a_name_that_is_no_text_is_refused(tmp_path, name, damaged):
    path = saved(tmp_path, segmenter())
    path.write_bytes(path.read_bytes().replace(name, damaged))
    with pytest.raises(UserError, match=r"model\.onnx is damaged: .*names"):
        read(path)


@pytest.mark.parametrize("kind", ["RandomUniformLike", "RandomNormalLike", "Bernoulli"])
def test_random_operators_are_refused_by_name(tmp_path, kind):
    made = model([conv("image", "a"), helper.make_node(kind, ["a"], ["out"])], [port("out", None)])
    with pytest.raises(UserError, match=rf"{kind}.*eval"):
        read(saved(tmp_path, made))


@pytest.mark.parametrize(("training", "refused"), [(True, True), (False, False)])
def test_dropout_is_refused_only_in_training(tmp_path, training, refused):
    nodes = [conv("image", "a"), helper.make_node("Dropout", ["a", "ratio", "mode"], ["out"])]
    tensors = [weights(), constant("ratio", np.float32(0.5)), constant("mode", np.bool_(training))]
    path = saved(tmp_path, model(nodes, [port("out", None)], tensors=tensors))
    if refused:
        with pytest.raises(UserError, match="Dropout"):
            read(path)
    else:
        assert inspect_here(path).guesses.output.value == "logits"


def test_a_random_operator_in_a_branch_is_found(tmp_path):
    branch = helper.make_graph([helper.make_node("RandomUniformLike", ["image"], ["r"])], "b", [], [port("r", None)])
    flag = constant("flag", np.bool_(True))
    nodes = [helper.make_node("If", ["flag"], ["out"], then_branch=branch, else_branch=branch)]
    with pytest.raises(UserError, match="RandomUniformLike"):
        read(saved(tmp_path, model(nodes, [port("out", None)], tensors=[flag])))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"class_queries_logits": [1, 10, 5], "masks_queries_logits": [1, 10, 8, 12]}, "mask-query"),
        ({"cat": [1, 10, 5], "einsum": [1, 10, 8, 12]}, "mask-query"),
        ({"output0": [1, 116, 8400], "output1": [1, 32, 8, 12]}, "detector"),
        ({"boxes": [1, 84, 8400]}, "detector"),
        ({"dets": [100, 4], "labels": [100]}, "detector"),
        ({"probabilities": [1, 1000]}, "whole picture"),
    ],
)
def test_networks_for_other_tasks_are_refused_by_name(tmp_path, shapes, words):
    nodes, tensors = [helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0)], []
    for name, shape in shapes.items():
        tensors.append(constant(f"{name}_shape", np.ones(shape, np.float32)))
        nodes.append(helper.make_node("Mul", ["mean", f"{name}_shape"], [name]))
    made = model(nodes, [port(name, shape) for name, shape in shapes.items()], tensors=tensors)
    with pytest.raises(UserError, match=words):
        inspect_here(saved(tmp_path, made))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([[2, 3, 32, 48]], "batch of one"),
        ([[1, 4, 32, 48]], "three colour channels"),
        ([[3, 32, 48]], "four axes"),
        ([[1, 3, 32, 48], [1, 2]], "input1"),
    ],
)
def test_an_input_that_is_no_picture_is_refused(tmp_path, shapes, words):
    inputs = [port(f"input{index}", shape) for index, shape in enumerate(shapes)]
    made = model([helper.make_node("Relu", ["input0"], ["out"])], [port("out", None)], inputs=inputs, tensors=[])
    with pytest.raises(UserError, match=words):
        inspect_here(saved(tmp_path, made))


def test_an_unknown_operator_is_named(tmp_path):
    node = helper.make_node("Frobnicate", ["image"], ["out"], domain="my.company")
    made = model([node], [port("out", [1, 4, 32, 48])], tensors=[])
    made.opset_import.add(domain="my.company", version=1)
    with pytest.raises(UserError, match="Frobnicate"):
        inspect_here(saved(tmp_path, made))


@pytest.mark.parametrize(
    ("node", "opset", "word"),
    [
        (helper.make_node("Softmax", ["logits"], ["out"], axis=1), 11, "Softmax"),
        (helper.make_node("Softmax", ["logits"], ["out"], axis=1), 13, None),
        (helper.make_node("Softmax", ["logits"], ["out"], axis=3), 11, None),
        (helper.make_node("Resize", ["logits", "", "scales"], ["out"], mode="linear", antialias=1), 18, "antialias"),
        (helper.make_node("Resize", ["logits", "", "scales"], ["out"], mode="linear"), 18, None),
        (helper.make_node("Resize", ["logits", "", "scales"], ["out"], exclude_outside=1), 18, "exclude_outside"),
        (helper.make_node("MaxPool", ["logits"], ["out"], kernel_shape=[2, 2], ceil_mode=1, pads=[1] * 4), 18, "Max"),
        (helper.make_node("MaxPool", ["logits"], ["out"], kernel_shape=[2, 2], ceil_mode=1), 18, None),
        (
            helper.make_node(
                "ConvTranspose", ["logits", "up"], ["out"], strides=[2, 2], output_shape=[64, 96], auto_pad="SAME_UPPER"
            ),
            18,
            "ConvTranspose",
        ),
        (helper.make_node("ConvTranspose", ["logits", "up"], ["out"], strides=[2, 2]), 18, None),
    ],
)
def test_operators_that_openvino_computes_otherwise_are_named(tmp_path, node, opset, word):
    scales = constant("scales", np.array([1, 1, 2, 2], np.float32))
    up = constant("up", np.ones((CLASSES, 2, 2, 2), np.float32))
    made = model([conv("image", "logits"), node], [port("out", None)], tensors=[weights(), scales, up], opset=opset)
    found = read(saved(tmp_path, made)).warnings
    assert len(found) == (word is not None)
    assert all(word in text for text in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny", "tiny_void"])
def test_what_segdeck_exports_is_read_back(name, request):
    run = request.getfixturevalue(name)
    facts = inspect_here(exported_onnx(run))
    data, space, guesses = run.experiment.data, run.label_space, facts.guesses
    assert guesses.input_size.value == data.image_size
    assert guesses.layout.value == "NHWC"
    assert guesses.range.value == data.input_range
    assert guesses.resize.value == data.resize
    assert guesses.class_names.value == space.names
    assert guesses.void.value == space.void
    assert guesses.output.value == "probabilities"


@pytest.mark.parametrize("change", ["cut", "flip"])
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path, change):
    whole = saved(tmp_path, segmenter("Softmax", axis=1)).read_bytes()
    path, refused = tmp_path / "damaged.onnx", 0
    for position in range(0, len(whole), 3):
        rest = b"" if change == "cut" else bytes([whole[position] ^ 0x55]) + whole[position + 1 :]
        path.write_bytes(whole[:position] + rest)
        try:
            read(path)
        except UserError as error:
            assert "damaged.onnx" in str(error) or "port" in str(error)
            refused += 1
    assert refused > 5


def test_a_port_that_is_no_array_is_told_in_one_line(tmp_path):
    made = segmenter()
    made.graph.input[0].name = "a\nb\x0b" + "c" * 500
    made.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = TensorProto.FLOAT
    with pytest.raises(UserError, match="no array") as refusal:
        read(saved(tmp_path, made))
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 200
