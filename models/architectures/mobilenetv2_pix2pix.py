"""A U-Net with a MobileNetV2 encoder and the up-sampling blocks of pix2pix.

Sources: Sandler et al. 2018, MobileNetV2 (https://arxiv.org/abs/1801.04381); Isola et al. 2017, pix2pix
(https://arxiv.org/abs/1611.07004); the combination is that of https://www.tensorflow.org/tutorials/images/segmentation.
"""

import warnings
from pathlib import Path
from typing import Annotated

import keras
from keras import layers
from pydantic import Field, Strict

from configs.errors import UserError
from configs.schema import Section

ENCODER = "encoder"
SKIPS = ("block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu")
BOTTOM = "block_16_project"


class Options(Section):
    """The ``model`` keys of this network."""

    upsampling_filters: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...], Strict(False), Field(min_length=4, max_length=4)
    ]
    """Filters of the four up-sampling blocks, from the deepest upwards."""
    dropout: Annotated[float, Field(ge=0, lt=1)]
    """Dropout rate after the two deepest up-sampling blocks."""


class Encoder(keras.Model):
    """A functional model whose batch norms use their stored statistics, even while it is fine-tuned.

    Batches are too small for better estimates, and weights with folded batch norms have no statistics. Scales and
    offsets are still trained. (``training=False`` in the functional graph has no effect: Keras 3.15 overrides it with
    the argument of the whole network.)
    """

    def call(
        self, inputs: keras.KerasTensor, training: bool | None = None, mask: None = None
    ) -> list[keras.KerasTensor]:
        """Run the layers as in inference, whatever ``training`` says."""
        outputs: list[keras.KerasTensor] = super().call(inputs, training=False, mask=mask)
        return outputs


def output_stride(options: Options) -> int:
    """Return the size of the input relative to the smallest feature map."""
    return 32


def build(options: Options, image_size: tuple[int, int], classes: int) -> keras.Model:
    """Build the network: float ``(N, H, W, 3)`` in [-1, 1] to float32 probabilities ``(N, H, W, classes)``."""
    inputs = keras.Input((*image_size, 3), name="image")
    full = _mobilenetv2(image_size)
    encoder = Encoder(full.inputs, [full.get_layer(name).output for name in (*SKIPS, BOTTOM)], name=ENCODER)

    *skips, x = encoder(inputs)  # skips at H/2, H/4, H/8, H/16; x (N, H/32, W/32, 320)
    for index, (filters, skip) in enumerate(zip(options.upsampling_filters, reversed(skips), strict=True)):
        x = layers.Conv2DTranspose(
            filters,
            3,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            name=f"up{index}_transpose",
        )(x)  # twice as high and wide
        x = layers.BatchNormalization(name=f"up{index}_norm")(x)
        if index < 2 and options.dropout:
            x = layers.Dropout(options.dropout, name=f"up{index}_dropout")(x)
        x = layers.ReLU(name=f"up{index}_relu")(x)
        x = layers.Concatenate(name=f"up{index}_concat")([x, skip])
    x = layers.Conv2DTranspose(classes, 3, strides=2, padding="same", name="logits")(x)  # (N, H, W, classes)
    scores = layers.Activation("softmax", dtype="float32", name="scores")(x)
    return keras.Model(inputs, scores, name="mobilenetv2_pix2pix")


def load_encoder(model: keras.Model, weights_file: Path | None) -> None:
    """Load ImageNet weights into the encoder of ``model``.

    ``weights_file`` is a ``.weights.h5`` of ``keras.applications.MobileNetV2(include_top=False)`` at width 1.0; None
    downloads the one of ``keras.applications``.

    Raises:
        UserError: If the file holds other weights, or the download fails.
    """
    encoder = model.get_layer(ENCODER)
    try:
        full = _mobilenetv2(tuple(model.input_shape[1:3]), weights=None if weights_file else "imagenet")
        if weights_file:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # Keras only warns about missing layers
                full.load_weights(weights_file)
    except Exception as error:  # h5py, Keras and urllib raise different types for unusable weights
        where = weights_file or "the download from keras.applications"
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{where}: does not hold MobileNetV2 weights ({reason}); give --encoder-weights the .weights.h5 of "
            "keras.applications.MobileNetV2(include_top=False) at width 1.0"
        ) from error
    for layer in encoder.layers:
        if layer.weights:
            layer.set_weights(full.get_layer(layer.name).get_weights())


def _mobilenetv2(image_size: tuple[int, int], weights: str | None = None) -> keras.Model:
    return keras.applications.MobileNetV2(
        input_shape=(*image_size, 3), include_top=False, weights=weights, name="mobilenetv2"
    )
