"""Rewrites transposed convolutions in an OpenVINO graph into ordinary ones, which bfloat16 hardware speeds up.

OpenVINO's CPU plugin runs ordinary convolutions in bfloat16 but leaves transposed ones in float32, and those dominate
the decoders here. The rewritten graph computes the same function: along each axis, output pixels ``2i`` and ``2i + 1``
of a 3-tap, stride-2, "same" transposed convolution see only the input pixels ``i - 1`` and ``i``::

    y[2i]     = k[2] x[i - 1] + k[0] x[i]
    y[2i + 1] =                 k[1] x[i]

so a 2x2 convolution, padded by one pixel at the top left, computes the four phases as separate channels, and
depth-to-space interleaves them.
"""

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as opset

TAPS: tuple[tuple[int | None, int], ...] = ((2, 0), (None, 1))
"""For each phase, which tap of the kernel meets input pixel ``i - 1`` and which meets ``i``; None for no tap."""

FEW = 12
"""Classes up to which OpenVINO computes a softmax sooner over planes than over neighbouring values: for 256 x 256
pixels a core took 2.0 ms instead of 4.5 for 3 classes and 3.3 instead of 5.1 for 12, but 6.2 instead of 6.1 for 22.
"""


def softmax_last(model: openvino.Model) -> bool:
    """Compute a softmax over the channels after the transposition that ends a graph, in place; return whether it did.

    The softmax then runs along neighbouring values, and the graph is the same whichever backend of Keras exported it.
    """
    (result,) = model.get_results()
    turned = result.input_value(0).get_node()
    if turned.get_type_name() != "Transpose":
        return False
    softmax, order = (turned.input_value(port).get_node() for port in (0, 1))
    if softmax.get_type_name() != "Softmax" or order.data.tolist() != [0, 2, 3, 1]:
        return False
    if softmax.get_attributes()["axis"] not in (1, -3):
        return False
    names = result.input_value(0).get_names()
    last = opset.softmax(opset.transpose(softmax.input_value(0), order), -1)
    last.output(0).set_names(names)
    last.set_friendly_name(turned.get_friendly_name())
    result.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()
    return True


def softmax_first(model: openvino.Model) -> bool:
    """Undo ``softmax_last`` in a graph with up to ``FEW`` classes, in place; return whether it did.

    Only for compiling: stored graphs keep their structure, to which int8 scales belong.
    """
    (result,) = model.get_results()
    softmax = result.input_value(0).get_node()
    if softmax.get_type_name() != "Softmax" or softmax.get_attributes()["axis"] not in (-1, 3):
        return False
    turned = softmax.input_value(0).get_node()
    if turned.get_type_name() != "Transpose" or turned.input_value(1).get_node().data.tolist() != [0, 2, 3, 1]:
        return False
    if softmax.get_output_partial_shape(0)[3].get_max_length() > FEW:
        return False
    names = result.input_value(0).get_names()
    first = opset.transpose(opset.softmax(turned.input_value(0), 1), turned.input_value(1))
    first.output(0).set_names(names)
    first.set_friendly_name(softmax.get_friendly_name())
    result.input(0).replace_source_output(first.output(0))
    model.validate_nodes_and_infer_types()
    return True


def to_ordinary(model: openvino.Model) -> int:
    """Replace every transposed convolution of a graph with static shapes, in place; return how many were replaced.

    Those with another kernel, stride or padding are kept.
    """
    nodes = [node for node in model.get_ordered_ops() if _is_replaceable(node)]
    for node in nodes:
        kernel = node.input_value(1).get_node().data  # (in, out, 3, 3)
        ordinary = opset.constant(phase_kernels(kernel))
        geometry = {"strides": [1, 1], "pads_begin": [1, 1], "pads_end": [0, 0], "dilations": [1, 1]}
        phases = opset.convolution(node.input_value(0), ordinary, **geometry)
        last, phases = _take_along(node, phases)
        image = opset.depth_to_space(phases, "blocks_first", 2)
        image.set_friendly_name(last.get_friendly_name())
        for consumer in last.output(0).get_target_inputs():
            consumer.replace_source_output(image.output(0))
    model.validate_nodes_and_infer_types()
    return len(nodes)


def phase_kernels(kernel: NDArray[np.floating]) -> NDArray[np.floating]:
    """Turn a transposed kernel ``(in, out, 3, 3)`` into ordinary ones ``(4 * out, in, 2, 2)``, one per output phase.

    The phases are (even row, even column), (even, odd), (odd, even), (odd, odd).
    """
    inputs, outputs = kernel.shape[:2]
    phases = np.zeros((2, 2, outputs, inputs, 2, 2), kernel.dtype)
    for row_phase, row_taps in enumerate(TAPS):
        for column_phase, column_taps in enumerate(TAPS):
            for y, row in enumerate(row_taps):
                for x, column in enumerate(column_taps):
                    if row is not None and column is not None:
                        phases[row_phase, column_phase, :, :, y, x] = kernel[:, :, row, column].T
    return phases.reshape(4 * outputs, inputs, 2, 2)


def _is_replaceable(node: openvino.Node) -> bool:
    """Return whether a node is a 3x3 stride-2 "same" transposed convolution with a constant kernel."""
    if node.get_type_name() != "ConvolutionBackpropData":
        return False
    kernel = node.input_value(1).get_node()
    shape, image = node.get_output_partial_shape(0), node.get_input_partial_shape(0)
    if kernel.get_type_name() != "Constant" or kernel.shape[2:] != [3, 3] or shape.is_dynamic or image.is_dynamic:
        return False
    attributes = node.get_attributes()
    geometry = [attributes[key] for key in ("strides", "dilations", "pads_begin", "pads_end", "output_padding")]
    doubled = [2 * side for side in list(image.to_shape())[2:]]
    return geometry == [[2, 2], [1, 1], [0, 0], [1, 1], [0, 0]] and list(shape.to_shape())[2:] == doubled


def _take_along(node: openvino.Node, phases: openvino.Node) -> tuple[openvino.Node, openvino.Node]:
    """Apply the bias and ReLU after ``node`` to ``phases`` instead; return the last moved node and the new phases."""
    channels = node.shape[1]
    while True:
        consumers = list(node.output(0).get_target_inputs())
        follower = consumers[0].get_node() if len(consumers) == 1 else None
        if follower is not None and follower.get_type_name() == "Relu":
            phases = opset.relu(phases)
        elif follower is not None and follower.get_type_name() == "Add":
            bias = follower.input_value(1 - consumers[0].get_index()).get_node()
            if bias.get_type_name() != "Constant" or list(bias.shape) != [1, channels, 1, 1]:
                return node, phases
            phases = opset.add(phases, opset.constant(np.tile(bias.data, (1, 4, 1, 1))))
        else:
            return node, phases
        node = follower
