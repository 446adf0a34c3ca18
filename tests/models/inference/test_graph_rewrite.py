import numpy as np
import openvino
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openvino import opset13 as opset

from models.inference.graph_rewrite import FEW, phase_kernels, softmax_first, softmax_last, to_ordinary

RNG = np.random.default_rng(0)


def graph(kernel, height, width, *, bias=None, relu=False, stride=2, pads_end=1, branch=False) -> openvino.Model:
    """Make a graph with one transposed convolution that crops its output at the bottom right."""
    image = opset.parameter([1, kernel.shape[0], height, width], np.float32)
    node = opset.convolution_backprop_data(
        image, opset.constant(kernel), [stride, stride], pads_begin=[0, 0], pads_end=[pads_end, pads_end]
    )
    results = [node] if branch else []
    if bias is not None:
        node = opset.add(node, opset.constant(bias))
    if relu:
        node = opset.relu(node)
    return openvino.Model([*results, opset.multiply(node, opset.constant(np.float32(2)))], [image])


def infer(model: openvino.Model, image) -> list:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [np.array(output) for output in compiled([image]).values()]


def kinds(model: openvino.Model) -> list[str]:
    return [node.get_type_name() for node in model.get_ordered_ops()]


def check_replaced(model: openvino.Model, expected: int = 1) -> None:
    image = RNG.normal(size=model.inputs[0].shape).astype(np.float32)
    before = infer(model, image)
    assert to_ordinary(model) == expected
    assert kinds(model).count("ConvolutionBackpropData") == 1 - expected
    for one, other in zip(before, infer(model, image), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 5), st.integers(1, 5))
def test_phases_give_the_transposed_convolution_by_its_definition(height, width, inputs, outputs):
    kernel = RNG.normal(size=(inputs, outputs, 3, 3))
    image = RNG.normal(size=(inputs, height, width))
    # Definition: every input pixel adds its kernel at twice its place; the last row and column are cut off.
    expected = np.zeros((outputs, 2 * height + 1, 2 * width + 1))
    for y in range(height):
        for x in range(width):
            expected[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3] += np.einsum("i,iokl->okl", image[:, y, x], kernel)
    phases = phase_kernels(kernel).reshape(2, 2, outputs, inputs, 2, 2)
    padded = np.pad(image, ((0, 0), (1, 0), (1, 0)))
    result = np.zeros((outputs, 2 * height, 2 * width))
    for y in range(height):
        for x in range(width):
            pixels = np.einsum("iyx,pqoiyx->opq", padded[:, y : y + 2, x : x + 2], phases)
            result[:, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2] = pixels
    np.testing.assert_allclose(result, expected[:, :-1, :-1], atol=1e-12)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("bias", [None, RNG.normal(size=(1, 6, 1, 1)), RNG.normal(size=(1, 1, 1, 1))])
def test_the_rewritten_graph_computes_the_same(bias, relu):
    kernel = RNG.normal(size=(4, 6, 3, 3)).astype(np.float32)
    check_replaced(graph(kernel, 5, 8, bias=None if bias is None else bias.astype(np.float32), relu=relu))


def test_an_output_that_is_used_twice():
    kernel = RNG.normal(size=(4, 6, 3, 3)).astype(np.float32)
    check_replaced(graph(kernel, 5, 8, bias=np.ones((1, 6, 1, 1), np.float32), branch=True))


@pytest.mark.parametrize(
    ("size", "stride", "pads_end"), [((2, 2), 2, 0), ((4, 4), 2, 2), ((3, 3), 1, 2), ((3, 3), 2, 0), ((3, 2), 2, 1)]
)
def test_other_kernels_strides_and_paddings_are_kept(size, stride, pads_end):
    kernel = RNG.normal(size=(4, 6, *size)).astype(np.float32)
    check_replaced(graph(kernel, 5, 8, stride=stride, pads_end=pads_end), expected=0)


@pytest.mark.parametrize(("classes", "moved"), [(3, True), (FEW, True), (FEW + 1, False)])
def test_a_softmax_over_few_classes_is_computed_over_planes(classes, moved):
    image = opset.parameter([1, classes, 5, 7], np.float32, name="image")
    model = openvino.Model([opset.softmax(opset.transpose(image, [0, 2, 3, 1]), -1)], [image])
    model.outputs[0].get_tensor().set_names({"scores"})
    values = np.random.default_rng(0).normal(size=(1, classes, 5, 7)).astype(np.float32)
    before = infer(model, values)
    assert softmax_first(model) is moved
    order = [kind for kind in kinds(model) if kind in ("Softmax", "Transpose")]
    assert order == (["Softmax", "Transpose"] if moved else ["Transpose", "Softmax"])
    assert model.outputs[0].get_names() == {"scores"}
    np.testing.assert_allclose(infer(model, values), before, atol=1e-6)
    assert softmax_last(model) is moved  # and back
    np.testing.assert_allclose(infer(model, values), before, atol=1e-6)
    assert not softmax_first(openvino.Model([opset.relu(image)], [image]))
