"""Divides the logits of a network by a temperature: in a Keras model by its weights, in an OpenVINO graph by a node.

The probabilities become less sure, or surer; which class of a pixel has the highest one stays as it was.
"""

from typing import TYPE_CHECKING

import numpy as np
import openvino
from openvino import opset13 as opset

from configs.errors import UserError

if TYPE_CHECKING:
    import keras

NODE = "temperature"
"""The name of the node in a graph."""
TOLD = 1e-6
TOLERANCE = 1e-3
"""How far the logarithms of a pixel's probabilities, those above ``TOLD``, may lie from what the temperature gives."""


def scale(model: "keras.Model", temperature: float) -> None:
    """Divide the logits of a Keras model: the weights of its last layer that has some.

    Raises ``UserError`` if the network's softmax does not follow that layer directly, and leaves it as it was.
    """
    last = next(layer for layer in reversed(model.layers) if layer.weights)
    images = np.random.default_rng(0).uniform(0, 1, (1, *model.input_shape[1:])).astype(np.float32)
    before = np.asarray(model(images, training=False), np.float64)
    weights = last.get_weights()
    last.set_weights([weight / temperature for weight in weights])
    after = np.asarray(model(images, training=False), np.float64)
    told = before > TOLD  # smaller ones are too inexact, or 0
    shift = np.where(told, np.log(after, where=told, out=np.zeros_like(after)), np.nan)
    shift -= np.log(before, where=told, out=np.zeros_like(before)) / temperature
    # Dividing all logits by it shifts the logarithms of a pixel's probabilities alike.
    if (np.nanmax(shift, axis=-1) - np.nanmin(shift, axis=-1)).max() > TOLERANCE:
        last.set_weights(weights)
        raise UserError(
            f"{last.name}, the last layer with weights of this network, is not followed directly by a softmax, so its "
            "logits can't be divided"
        )


def divide(graph: openvino.Model, temperature: float) -> None:
    """Divide the logits of a graph, in place. Raises ``UserError`` if it does not end with a softmax."""
    place = _before_softmax(graph)
    if place is None:
        raise UserError("this network does not end with a softmax, so its logits can't be divided")
    divided = opset.multiply(place.get_source_output(), opset.constant(np.float32(1 / temperature)))
    divided.set_friendly_name(NODE)
    place.replace_source_output(divided.output(0))
    graph.validate_nodes_and_infer_types()


def undo(graph: openvino.Model) -> bool:
    """Undo ``divide`` in place, and return whether there was something to undo.

    int8 scales belong to a graph's structure, which must not depend on whether the run was calibrated since.
    """
    place = _before_softmax(graph)
    node = None if place is None else place.get_source_output().get_node()
    if place is None or node is None or node.get_friendly_name() != NODE:
        return False
    place.replace_source_output(node.input_value(0))
    graph.validate_nodes_and_infer_types()
    return True


def _before_softmax(graph: openvino.Model) -> openvino.Input | None:
    """Return the input that takes the logits: the softmax's at the end, or that of the transposition before it."""
    (result,) = graph.get_results()
    softmax = result.input_value(0).get_node()
    if softmax.get_type_name() != "Softmax":
        return None
    turned = softmax.input_value(0).get_node()
    place: openvino.Input = (turned if turned.get_type_name() == "Transpose" else softmax).input(0)
    return place
