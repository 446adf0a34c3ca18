"""Rebuilds a Keras network so that it computes with the channels first, which is how OpenVINO computes.

Keras exports through its OpenVINO backend without TensorFlow, but leaves a transposition at almost every layer of a
network with the channels last, which makes it up to twice as slow. Kernels have the same layout in both orders.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

SPATIAL = (
    layers.AveragePooling2D,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Cropping2D,
    layers.DepthwiseConv2D,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.MaxPooling2D,
    layers.SeparableConv2D,
    layers.SpatialDropout2D,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
)
"""Layers with a ``data_format``."""

WITH_AXIS = (layers.BatchNormalization, layers.Concatenate, layers.Softmax)
"""Layers with the ``axis`` of the channels."""

POINTWISE = (
    layers.Activation,
    layers.Add,
    layers.Average,
    layers.Dropout,
    layers.ELU,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.LeakyReLU,
    layers.Maximum,
    layers.Minimum,
    layers.Multiply,
    layers.ReLU,
    layers.Subtract,
)
"""Layers for which the order of the axes makes no difference."""

ACTIVATIONS = {
    None, "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "linear", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "softplus", "softsign", "tanh",
}  # fmt: skip
"""Activations that look at one value at a time."""

Step = Callable[..., Any]


class UnsupportedError(Exception):
    """The network has a part that may depend on the order of the axes; the message names it."""


def rebuild(model: keras.Model) -> keras.Model:
    """Return a network that maps ``(N, H, W, 3)`` to the same scores ``(N, H, W, classes)`` as ``model``.

    It has the same weights, and inside, values lie as ``(N, C, H, W)``.

    Raises:
        UnsupportedError: If a layer or an activation is none of those above, or a value is no ``(N, H, W, C)``.
    """
    inside = _rebuild(model)
    image = keras.Input(model.input_shape[1:], name="image")
    scores = layers.Permute((2, 3, 1), name="scores")(inside(layers.Permute((3, 1, 2))(image)))
    return keras.Model(image, scores)


def _rebuild(model: keras.Model) -> keras.Model:
    """Return a functional model of the same class and weights with the axes ``(N, C, H, W)``."""
    made: dict[Any, tuple[Any, Step]] = {}  # by the layer it replaces: the new one, and how to call it

    def replaced(operation: Any) -> Step:
        if operation not in made:
            made[operation] = _replacement(operation)
        return made[operation][1]

    inputs = keras.tree.map_structure(lambda given: keras.Input((given.shape[3], *given.shape[1:3])), model.input)
    outputs = model._run_through_graph(inputs, operation_fn=replaced)
    for old, (new, _) in made.items():
        if old.weights:
            new.set_weights(old.get_weights())
    return type(model)(inputs, outputs, name=model.name)


def _replacement(layer: Any) -> tuple[Any, Step]:
    """Return the layer that does the same with the channels first, and a function that calls it."""
    if isinstance(layer, keras.Model):
        nested = _rebuild(layer)
        return nested, nested
    if type(layer) not in SPATIAL + WITH_AXIS + POINTWISE:
        raise UnsupportedError(f"its layer {layer.name} is a {type(layer).__name__}")
    config = layer.get_config()
    over_channels = config.get("activation") == "softmax"
    if over_channels:
        config["activation"] = "linear"
    new = type(layer).from_config(_turned(layer, config))
    softmax = layers.Softmax(axis=1, dtype=layer.dtype_policy)
    return new, (lambda *values, **options: softmax(new(*values, **options))) if over_channels else new


def _turned(layer: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Return the description of ``layer`` with the channels first."""
    if config.get("keepdims") is False:
        raise UnsupportedError(f"its layer {layer.name} drops the axes of the picture")
    if config.get("activation") not in ACTIVATIONS:
        raise UnsupportedError(f"its layer {layer.name} has the activation {config['activation']}")
    if isinstance(layer, WITH_AXIS) and config["axis"] not in (-1, 3):
        raise UnsupportedError(f"its layer {layer.name} works along axis {config['axis']}")
    order = {"data_format": "channels_first"} if isinstance(layer, SPATIAL) else {}
    axis = {"axis": 1} if isinstance(layer, WITH_AXIS) else {}
    return {**config, **order, **axis}
