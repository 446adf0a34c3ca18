"""Reads layers, parameters and multiplications of a run's network from its exported OpenVINO graph.

The graph differs from the trained network: batch norms are folded into the preceding convolutions, dropout is removed,
and names are lost. A layer here is one computing operation with the bias and the activation that follow it.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import openvino

from configs.errors import UserError
from models.added import openvino_graphs
from models.inference.export import using
from models.runs.run import Run

_KINDS = {
    "Convolution": "convolution",
    "GroupConvolution": "depthwise convolution",
    "ConvolutionBackpropData": "transposed convolution",
    "GroupConvolutionBackpropData": "transposed depthwise convolution",
    "MatMul": "matrix product",
    "MaxPool": "max pooling",
    "AvgPool": "average pooling",
    "Concat": "concatenation",
    "Add": "addition",
    "Multiply": "multiplication",
    "Softmax": "softmax",
    "Interpolate": "resizing",
}
"""Display names of operations; others keep their OpenVINO name."""
_ACTIVATIONS = {"Relu": "ReLU", "Clamp": "ReLU6", "Sigmoid": "sigmoid", "Swish": "swish", "HSwish": "hard swish"}
_PLUMBING = {"Constant", "Convert", "Pad", "Parameter", "Reshape", "Result", "ShapeOf", "Transpose"}
"""Operations that move or convert values without computing."""


@dataclass(frozen=True)
class Layer:
    """One operation of a network, with the bias and the activation after it."""

    name: str  # its kind and a running number
    kind: str  # such as "convolution"
    stage: str  # the part of the network and the resolution, such as "down 128 × 128"
    kernel: tuple[int, int] | None  # height and width of its window
    stride: tuple[int, int] | None  # vertical and horizontal; a transposed convolution enlarges by it
    activation: str  # or ""
    shape: tuple[int, int, int]  # height, width and channels of its output, for one image
    parameters: int  # with batch norms folded in
    macs: int  # multiply-accumulate operations for one image; windows count in full where they overlap the padding
    operation: str = ""  # its name in the graph


def layers(run: Run) -> list[Layer]:
    """Return the layers of a run's network in order of computation. Raises ``UserError`` as ``export``."""
    return using(run, "openvino", lambda folder: read(folder / "float32.xml"))


def gmacs(run: Run) -> float:
    """Return the multiply-accumulate operations of a forward pass for one image, in 10^9. Raises as ``layers``."""
    return sum(layer.macs for layer in layers(run)) / 1e9


def read(graph: Path) -> list[Layer]:
    """Read the layers of a graph with fixed shapes that takes images ``(1, H, W, 3)``.

    Raises ``UserError`` if it can't be read.
    """
    core = openvino.Core()
    core.set_property(openvino_graphs.WHOLE)
    try:
        nodes = core.read_model(graph).get_ordered_ops()
    except RuntimeError as error:
        raise UserError(f"{graph} can't be read ({openvino_graphs.reason(error)})") from error
    return _described(nodes)


def _described(nodes: Sequence[openvino.Node]) -> list[Layer]:
    """Return the layers that the operations of a graph, in order of computation, belong to."""
    found: list[Layer] = []
    owner: dict[str, int] = {}  # node to the layer whose values it passes on
    order: dict[str, str] = {}  # node to the order of the axes of its output
    for node in nodes:
        name, kind = node.get_friendly_name(), node.get_type_name()
        sources = [value.get_node() for value in node.input_values()]
        computed = [source.get_friendly_name() for source in sources if source.get_friendly_name() in order]
        if kind == "Parameter":
            order[name] = "NHWC"
        if not computed:
            continue
        order[name] = _order(node, order[computed[0]])
        before = owner.get(computed[0], -1)
        alone = before >= 0 and len(computed) == 1
        if kind in _PLUMBING:
            if before >= 0:
                owner[name] = before
        elif alone and kind in _ACTIVATIONS:
            found[before] = replace(found[before], activation=_activation(node))
            owner[name] = before
        elif alone and kind in ("Add", "Multiply", "Subtract"):
            found[before] = replace(found[before], parameters=found[before].parameters + _constants(node))
            owner[name] = before
        else:
            owner[name] = len(found)
            found.append(_layer(node, order[name]))
    return _numbered(_staged(found))


def _layer(node: openvino.Node, order: str) -> Layer:
    """Describe one operation; stage and number are filled in later."""
    kind = node.get_type_name()
    window = kind.endswith("Pool") or "Convolution" in kind
    attributes = node.get_attributes()
    kernel = tuple(attributes.get("kernel") or node.get_input_shape(1)[-2:]) if window else None
    stride = tuple(attributes["strides"]) if window else None
    shape, parameters = _shape(node, order), _constants(node)
    name, title = node.get_friendly_name(), _KINDS.get(kind, kind)
    return Layer("", title, "", kernel, stride, "", shape, parameters, _macs(node), name)


def _macs(node: openvino.Node) -> int:
    """Count the multiplications of an operation."""
    kind = node.get_type_name()
    if "Convolution" in kind:  # applies its kernel at every position of its output, a transposed one of its input
        image = node.get_input_shape(0) if "Backprop" in kind else node.get_output_shape(0)
        return math.prod(image[-2:]) * math.prod(node.get_input_shape(1))
    if kind == "MatMul":
        row = -2 if node.get_attributes()["transpose_a"] else -1
        return math.prod(node.get_output_shape(0)) * node.get_input_shape(0)[row]
    return 0


def _constants(node: openvino.Node) -> int:
    """Count the constant floating-point inputs of an operation."""
    constants = [value.get_node() for value in node.input_values() if value.get_node().get_type_name() == "Constant"]
    real = [constant for constant in constants if constant.get_element_type().is_real()]
    return sum(math.prod(constant.get_output_shape(0)) for constant in real)


def _order(node: openvino.Node, before: str) -> str:
    """Return the order of the axes after ``node``, such as NCHW; "" where the output is not an image."""
    if "Convolution" in node.get_type_name():
        return "NCHW"
    if len(node.get_output_shape(0)) != len(before):
        return ""
    if node.get_type_name() != "Transpose":
        return before
    return "".join(before[axis] for axis in node.input_value(1).get_node().data)


def _shape(node: openvino.Node, order: str) -> tuple[int, int, int]:
    """Return height, width and channels; the last three sizes if the output is not an image."""
    sizes = list(node.get_output_shape(0))
    height, width, channels = [sizes[order.index(axis)] for axis in "HWC"] if order else [1, 1, 1, *sizes[1:]][-3:]
    return height, width, channels


def _activation(node: openvino.Node) -> str:
    kind = node.get_type_name()
    attributes = node.get_attributes()
    if kind == "Clamp" and (attributes["min"], attributes["max"]) != (0, 6):
        return f"between {attributes['min']:g} and {attributes['max']:g}"
    return _ACTIVATIONS[kind]


def _staged(found: list[Layer]) -> list[Layer]:
    """Fill in the stages: down to the lowest resolution, the bottom, and up again."""
    areas = [layer.shape[0] * layer.shape[1] for layer in found]
    first = areas.index(min(areas))
    last = len(areas) - 1 - areas[::-1].index(min(areas))
    parts = ["down" if index < first else "bottom" if index <= last else "up" for index in range(len(found))]
    stages = [f"{part} {layer.shape[0]} × {layer.shape[1]}" for layer, part in zip(found, parts, strict=True)]
    return [replace(layer, stage=stage) for layer, stage in zip(found, stages, strict=True)]


def _numbered(found: list[Layer]) -> list[Layer]:
    """Fill in the names."""
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    return [replace(layer, name=f"{layer.kind} {next(numbers[layer.kind])}") for layer in found]
