"""U-Net (Ronneberger, Fischer, Brox 2015, https://arxiv.org/abs/1505.04597) with padded convolutions.

The paper's network with three common changes: "same" padding, so that the output has the size of the input; 3x3
transposed convolutions in the decoder; and dropout, placed as the config says.
"""

from typing import Annotated, Literal

import keras
from keras import layers
from pydantic import Field, Strict

from configs.schema import Section


class Options(Section):
    """The ``model`` keys of a U-Net."""

    filters: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Strict(False), Field(min_length=2)]
    """Filters of each level, from full resolution downwards."""
    initializer: Literal["glorot_uniform", "he_normal"]
    """Initialiser of the 3x3 kernels."""
    dropout: Annotated[float, Field(ge=0, lt=1)]
    """Dropout rate."""
    dropout_at: Literal["pools_and_concatenations", "two_deepest_levels"]
    """Apply it after each pooling and each concatenation, or after the convolutions of the two deepest levels."""
    head_filters: Annotated[int, Field(ge=1)] | None
    """Filters of one more 3x3 convolution before the 1x1 head (null: none)."""


def output_stride(options: Options) -> int:
    """Return the size of the input relative to the smallest feature map."""
    return 2 ** (len(options.filters) - 1)


def build(options: Options, image_size: tuple[int, int], classes: int) -> keras.Model:
    """Build the network: float ``(N, H, W, 3)`` to float32 probabilities ``(N, H, W, classes)``."""
    inputs = keras.Input((*image_size, 3), name="image")
    bottom = len(options.filters) - 1
    deep = options.dropout_at == "two_deepest_levels"

    skips = []
    x = inputs
    for level, filters in enumerate(options.filters):
        if level > 0:
            x = layers.MaxPooling2D(name=f"down{level}_pool")(x)  # (N, H / 2^level, W / 2^level, F of the level above)
            x = _dropout(x, options, not deep, f"down{level}_dropout")
        x = _two_convolutions(x, filters, options, f"down{level}")  # (N, H / 2^level, W / 2^level, F)
        x = _dropout(x, options, deep and level >= bottom - 1, f"down{level}_deep_dropout")
        skips.append(x)

    for level in range(bottom - 1, -1, -1):
        filters = options.filters[level]
        x = layers.Conv2DTranspose(
            filters, 3, strides=2, padding="same", kernel_initializer=options.initializer, name=f"up{level}_transpose"
        )(x)  # (N, H / 2^level, W / 2^level, F)
        x = layers.Concatenate(name=f"up{level}_concat")([x, skips[level]])  # (..., 2 F)
        x = _dropout(x, options, not deep, f"up{level}_dropout")
        x = _two_convolutions(x, filters, options, f"up{level}")  # (..., F)

    if options.head_filters is not None:
        x = _convolution(x, options.head_filters, options, "head_conv")
    x = layers.Conv2D(classes, 1, name="logits")(x)  # (N, H, W, classes)
    scores = layers.Activation("softmax", dtype="float32", name="scores")(x)
    return keras.Model(inputs, scores, name="unet")


def _two_convolutions(x: keras.KerasTensor, filters: int, options: Options, name: str) -> keras.KerasTensor:
    for index in (1, 2):
        x = _convolution(x, filters, options, f"{name}_conv{index}")
    return x


def _convolution(x: keras.KerasTensor, filters: int, options: Options, name: str) -> keras.KerasTensor:
    return layers.Conv2D(
        filters, 3, padding="same", activation="relu", kernel_initializer=options.initializer, name=name
    )(x)


def _dropout(x: keras.KerasTensor, options: Options, here: bool, name: str) -> keras.KerasTensor:
    return layers.Dropout(options.dropout, name=name)(x) if here and options.dropout else x
