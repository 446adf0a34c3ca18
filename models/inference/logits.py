"""Adjusts the logits of a network: adds an offset to each class, and divides all by a temperature.

In a Keras model it is done by the weights, in an OpenVINO graph by nodes. With a temperature alone the probabilities
become less sure, or surer, and which class of a pixel has the highest one stays as it was; offsets change that.
"""

from typing import TYPE_CHECKING

import numpy as np
import openvino
from openvino import opset13 as opset

from configs.errors import UserError
from models.runs.calibration import Adjustment

if TYPE_CHECKING:
    import keras

NODES = OFFSETS, TEMPERATURE = "class offsets", "temperature"
"""The names of the nodes in a graph."""
TOLD = 1e-6
TOLERANCE = 1e-3
"""How far the logarithms of a pixel's probabilities, those above ``TOLD``, may lie from what the adjustment gives."""


def adjust(model: "keras.Model", adjustment: Adjustment) -> None:
    """Adjust the logits of a Keras model: by the weights of its last layer that has some.

    Raises ``UserError`` if the network's softmax does not follow that layer directly, or the layer has no bias to add
    the offsets to, and leaves it as it was.
    """
    last = next(layer for layer in reversed(model.layers) if layer.weights)
    images = np.random.default_rng(0).uniform(0, 1, (1, *model.input_shape[1:])).astype(np.float32)
    before = np.asarray(model(images, training=False), np.float64)
    weights = last.get_weights()
    offsets = np.array(adjustment.offsets or [0.0] * before.shape[-1], np.float32)
    if adjustment.offsets and (len(weights) < 2 or weights[-1].shape != offsets.shape):
        raise UserError(f"{last.name}, the last layer with weights of this network, has no bias to add offsets to")
    *kernels, bias = weights
    bias = bias + offsets if adjustment.offsets else bias
    last.set_weights([weight / adjustment.temperature for weight in (*kernels, bias)])
    after = np.asarray(model(images, training=False), np.float64)
    told = before > TOLD  # smaller ones are too inexact, or 0
    shift = np.where(told, np.log(after, where=told, out=np.zeros_like(after)), np.nan)
    shift -= (np.log(before, where=told, out=np.zeros_like(before)) + offsets) / adjustment.temperature
    # What is done to all logits of a pixel alike shifts the logarithms of its probabilities alike.
    if (np.nanmax(shift, axis=-1) - np.nanmin(shift, axis=-1)).max() > TOLERANCE:
        last.set_weights(weights)
        raise UserError(
            f"{last.name}, the last layer with weights of this network, is not followed directly by a softmax, so its "
            "logits can't be adjusted"
        )


def adjust_graph(graph: openvino.Model, adjustment: Adjustment) -> None:
    """Adjust the logits of a graph, in place. Raises ``UserError`` if it does not end with a softmax."""
    place = _before_softmax(graph)
    if place is None:
        raise UserError("this network does not end with a softmax, so its logits can't be adjusted")
    source = place.get_source_output()
    if adjustment.offsets:
        shape = np.ones(len(source.get_partial_shape()), int)
        shape[_class_axis(place)] = -1
        offsets = np.array(adjustment.offsets, np.float32).reshape(shape)
        source = _named(opset.add(source, opset.constant(offsets)), OFFSETS)
    if adjustment.temperature != 1:
        factor = opset.constant(np.float32(1 / adjustment.temperature))
        source = _named(opset.multiply(source, factor), TEMPERATURE)
    place.replace_source_output(source)
    graph.validate_nodes_and_infer_types()


def undo(graph: openvino.Model) -> bool:
    """Undo ``adjust_graph`` in place, and return whether there was something to undo.

    int8 scales belong to a graph's structure, which must not depend on whether the run was calibrated since.
    """
    place, found = _before_softmax(graph), False
    while place is not None and (node := place.get_source_output().get_node()).get_friendly_name() in NODES:
        place.replace_source_output(node.input_value(0))
        found = True
    if found:
        graph.validate_nodes_and_infer_types()
    return found


def _named(node: openvino.Node, name: str) -> openvino.Output:
    node.set_friendly_name(name)
    return node.output(0)


def _class_axis(place: openvino.Input) -> int:
    """Return the axis of the classes in the logits that an input takes: the last one once they are transposed."""
    node = place.get_node()
    return int(node.input_value(1).get_node().data[-1]) if node.get_type_name() == "Transpose" else -1


def _before_softmax(graph: openvino.Model) -> openvino.Input | None:
    """Return the input that takes the logits: the softmax's at the end, or that of the transposition before it."""
    (result,) = graph.get_results()
    softmax = result.input_value(0).get_node()
    if softmax.get_type_name() != "Softmax":
        return None
    turned = softmax.input_value(0).get_node()
    place: openvino.Input = (turned if turned.get_type_name() == "Transpose" else softmax).input(0)
    return place
