"""Small TFLite files, as TensorFlow's converter writes them."""

from pathlib import Path

import numpy as np

HEIGHT, WIDTH, CLASSES = 32, 48, 4


def network(size=(HEIGHT, WIDTH)):
    """Return a Keras network with random weights, also where they start at 0."""
    import keras

    image = keras.Input((*size, 3))
    small = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    large = keras.layers.Conv2DTranspose(8, 2, strides=2)(small)
    scores = keras.layers.Conv2D(CLASSES, 1, activation="softmax")(large)
    model = keras.Model(image, scores)
    draws = np.random.default_rng(5)
    model.set_weights([draws.normal(scale=0.5, size=weight.shape) for weight in model.get_weights()])
    return model


def picture(seed=0):
    return np.random.default_rng(seed).random((1, HEIGHT, WIDTH, 3)).astype(np.float32)


def write(path: Path, model, integers: str | None = None) -> Path:
    """Convert a Keras network; ``integers``, such as ``int8``, quantises it with inputs and outputs of that type."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if integers:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([picture(seed)] for seed in range(10))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.dtypes.as_dtype(integers)
    path.write_bytes(converter.convert())
    return path
