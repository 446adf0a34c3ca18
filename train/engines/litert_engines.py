"""LiteRT, the former TensorFlow Lite, with XNNPACK, on files that TensorFlow's converter makes."""

import tempfile
from collections.abc import Iterator
from typing import cast

from configs.command_line import quiet_libraries
from train.engines.network import Batch, Infer, Network, cores


def float32(network: Network) -> Infer:
    """Return the network as it is."""
    return _interpreter(_converted(network, int8=False))


def int8(network: Network) -> Infer:
    """Return the network after full integer quantisation, with images and scores in float32."""
    return _interpreter(_converted(network, int8=True))


def _converted(network: Network, *, int8: bool) -> bytes:
    """Return the network for one image as a TFLite file."""
    with quiet_libraries(), tempfile.TemporaryDirectory() as folder:
        import keras
        import tensorflow as tf

        image = keras.InputSpec(shape=(1, *network.run.experiment.data.image_size, 3), dtype="float32", name="image")
        network.keras.export(folder, format="tf_saved_model", verbose=False, input_signature=[image])
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if int8:

            def pictures() -> Iterator[list[Batch]]:
                return ([picture] for picture in network.pictures)

            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = pictures
        return cast("bytes", converter.convert())


def _interpreter(content: bytes) -> Infer:
    with quiet_libraries():
        from ai_edge_litert.interpreter import Interpreter

        loaded = Interpreter(model_content=content, num_threads=cores())
        loaded.allocate_tensors()
    (image,), (scores,) = loaded.get_input_details(), loaded.get_output_details()

    def infer(batch: Batch) -> Batch:
        loaded.set_tensor(image["index"], batch)
        loaded.invoke()
        return cast("Batch", loaded.get_tensor(scores["index"]))

    return infer
