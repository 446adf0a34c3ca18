"""How strongly a network's two deepest levels respond to a picture, channel by channel: what familiarity is judged by.

The mean over the positions is computed inside the graph, so that an inference gives one number more for each channel,
and no label changes by a bit. It is a matrix product, because OpenVINO computes in float32 whatever lies between an
output and the last convolution or matrix product before it: with a plain mean, a network in bfloat16 would round its
deepest levels otherwise than without one.
"""

import numpy as np
import openvino
from openvino import opset13 as opset

from configs.errors import UserError
from models.inference.quantisation import operations

LEVELS = 2
"""The levels whose responses count, from the deepest upwards."""

_BETWEEN = ("Add", "Relu", "DepthToSpace")
"""What stands between a convolution and the end of the enlargement that ``graph_rewrite`` makes with it."""
_ENLARGING = ("ConvolutionBackpropData", "DepthToSpace", "Interpolate")
_SHRINKING = ("Convolution", "GroupConvolution", "MaxPool", "AvgPool")


def add(graph: openvino.Model, channels: int) -> None:
    """Add an output ``(C,)`` to a run's graph, in place: the mean of each channel of its deepest levels.

    Raises ``UserError`` if the graph has no such levels, or they have another number of channels.
    """
    values = deepest(graph)
    if (found := sum(int(one.get_shape()[1]) for one in values)) != channels:
        raise UserError(f"the network's deepest levels have {found} channels, not {channels}")
    graph.add_results([_means(values)])


def alone(graph: openvino.Model) -> openvino.Model:
    """Return the part of a run's graph that computes what ``add`` adds, which takes less than half the time of it all.

    Raises ``UserError`` if the graph has no such levels.
    """
    return openvino.Model([_means(deepest(graph))], graph.get_parameters())


def deepest(graph: openvino.Model) -> list[openvino.Output]:
    """Return the values ``(1, C, h, w)`` of the deepest levels, the deepest last: what is shrunk last, then enlarged.

    They are found by the structure, in each precision of a run. Raises ``UserError`` if there are none.
    """
    levels: list[openvino.Output] = []
    for node in operations(graph):
        kind = node.get_type_name()
        if kind in _SHRINKING and _area(node.output(0)) < _area(node.input_value(0)):
            if node.input_value(0) not in levels:  # a shortcut shrinks what its branch does, too
                levels.append(node.input_value(0))
        elif kind in _ENLARGING and levels:
            return [*levels, _enlarged(node)][-LEVELS:]
    raise UserError("the network does not first shrink its input and then enlarge it, so it has no deepest level")


def _enlarged(node: openvino.Node) -> openvino.Output:
    """Return what enters an enlargement, of which a convolution and what follows it may be part."""
    while node.get_type_name() in _BETWEEN:
        node = node.input_value(0).get_node()
    return node.input_value(0)


def _area(values: openvino.Output) -> int:
    height, width = list(values.get_shape())[2:]
    return int(height * width)


def _means(levels: list[openvino.Output]) -> openvino.op.Result:
    return opset.result(opset.concat([_mean(values) for values in levels], 0))


def _mean(values: openvino.Output) -> openvino.Node:
    _, channels, height, width = values.get_shape()
    positions = height * width
    flat = opset.reshape(values, opset.constant(np.array([channels, positions])), special_zero=False)
    share = opset.constant(np.full(positions, 1 / positions, np.float32))
    return opset.matmul(flat, share, transpose_a=False, transpose_b=False)
