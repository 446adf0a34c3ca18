"""Keras on TensorFlow, called as its documentation says, and as one graph."""

from typing import cast

from configs.command_line import quiet_libraries
from train.engines.network import Batch, Infer, Network


def predict(network: Network) -> Infer:
    """Return Keras's ``model.predict``."""
    return lambda batch: network.keras.predict(batch, verbose=0)


def graph(network: Network) -> Infer:
    """Return the network as a ``tf.function``."""
    with quiet_libraries():
        import tensorflow as tf
    function = tf.function(lambda image: network.keras(image, training=False))
    return lambda batch: cast("Batch", function(tf.constant(batch)).numpy())
