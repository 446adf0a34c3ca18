"""Run by the tests in a process of its own: rebuilds small networks and compares what they compute, without TensorFlow.

Prints JSON: the largest difference for each network, or why it is not rebuilt.
"""

import json
import sys

sys.modules.update(dict.fromkeys(("jax", "tensorflow")))  # type: ignore[arg-type]

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

from models.inference import channels_first  # noqa: E402


def chain(*middle):
    image = keras.Input((8, 12, 3))
    x = layers.Conv2D(4, 3, padding="same")(image)
    for layer in middle:
        x = layer(x)
    return keras.Model(image, x)


def branches():
    image = keras.Input((8, 12, 3))
    shared = layers.Conv2D(4, 1)
    x, y = shared(image), layers.ReLU()(shared(layers.AveragePooling2D(3, strides=1, padding="same")(image)))
    for merge in (layers.Average, layers.Maximum, layers.Minimum, layers.Multiply, layers.Subtract):
        x = merge()([x, layers.Add()([x, y])])
    squeezed = layers.Conv2D(4, 1, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    brightest = layers.GlobalMaxPooling2D(keepdims=True)(x)
    return keras.Model(image, layers.Concatenate()([layers.Multiply()([x, squeezed]), layers.Add()([x, brightest])]))


def nested():
    image = keras.Input((8, 12, 3))
    inner = keras.Model([image], [image, layers.Conv2D(2, 3, padding="same", activation="softmax")(image)])
    picture = keras.Input((8, 12, 3))
    return keras.Model(picture, layers.Concatenate()(inner([picture])))


def outer(model):
    image = keras.Input((8, 12, 3))
    return keras.Model(image, layers.ReLU()(model(image)))


REBUILT = {
    "average pooling": lambda: chain(layers.AveragePooling2D((2, 3))),
    "batch norm": lambda: chain(layers.BatchNormalization()),
    "dilated": lambda: chain(layers.Conv2D(5, 3, dilation_rate=2, padding="same", activation="relu")),
    "convolution with softmax": lambda: chain(layers.Conv2D(5, 1, activation="softmax")),
    "transposed": lambda: chain(layers.Conv2DTranspose(5, 3, strides=2, padding="same")),
    "cropping": lambda: chain(layers.Cropping2D(((1, 0), (2, 3)))),
    "depthwise": lambda: chain(layers.DepthwiseConv2D(3, depth_multiplier=2)),
    "dropout": lambda: chain(layers.Dropout(0.5), layers.SpatialDropout2D(0.5), layers.GaussianNoise(0.5)),
    "elu": lambda: chain(layers.ELU(), layers.LeakyReLU(0.2), layers.Activation("hard_silu")),
    "max pooling": lambda: chain(layers.MaxPooling2D()),
    "separable": lambda: chain(layers.SeparableConv2D(5, 3)),
    "softmax": lambda: chain(layers.Softmax()),
    "softmax as activation": lambda: chain(layers.Activation("softmax")),
    "enlarged": lambda: chain(layers.UpSampling2D((2, 3)), layers.UpSampling2D(2, interpolation="bilinear")),
    "padding": lambda: chain(layers.ZeroPadding2D(((1, 0), (2, 3)))),
    "branches": branches,
    "nested": nested,
}

REFUSED = {
    "another axis": lambda: chain(layers.Softmax(axis=1, name="odd")),
    "another activation": lambda: chain(layers.Activation("log_softmax", name="odd")),
    "a layer with axes of its own": lambda: chain(layers.LayerNormalization(name="odd")),
    "no picture": lambda: chain(layers.GlobalAveragePooling2D(name="odd")),
    "inside another": lambda: outer(chain(layers.LayerNormalization(name="odd"))),
}


def difference(model) -> float:
    """Return the largest difference between a network with random weights and the rebuilt one."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(np.abs(rng.normal(0.5, 0.3, weight.shape)))
    batch = rng.normal(size=(1, *model.input_shape[1:])).astype(np.float32)
    rebuilt = channels_first.rebuild(model)
    expected, found = (keras.ops.convert_to_numpy(one(batch)) for one in (model, rebuilt))
    assert expected.shape == found.shape
    assert expected.std() > 0
    return float(np.abs(expected - found).max())


def outcome(build) -> float | str:
    """Return the largest difference, or the error."""
    try:
        return difference(build())
    except channels_first.UnsupportedError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - so that the others are still compared
        return repr(error)


if __name__ == "__main__":
    tables = {"rebuilt": REBUILT, "refused": REFUSED}
    print(json.dumps({title: {name: outcome(table[name]) for name in table} for title, table in tables.items()}))
