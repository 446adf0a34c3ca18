"""Converts Keras files to OpenVINO's IR; runs in the child process only, because it imports Keras and TensorFlow.

Files of Keras 2 (``.h5``) are read as far as Keras 3 can. Nothing in a file is run: safe mode stays on.
"""

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs import installed
from configs.errors import UserError
from models.added import inspect_openvino, keras_config
from models.added.draft import Draft
from models.added.keras_config import INSTEAD
from models.added.trial import CHANNELS

if TYPE_CHECKING:
    import keras

ANY_SIZE = (512, 512)
"""Height and width to which a network that takes any is fixed, unless another is asked for."""

_KERAS_2_ONLY: dict[str, dict[str, Any]] = {
    "Conv2DTranspose": {"groups": 1},
    "DepthwiseConv2D": {"groups": 1, "kernel_initializer": ..., "kernel_regularizer": ..., "kernel_constraint": ...},
    "SeparableConv2D": {"groups": 1, "kernel_initializer": ..., "kernel_regularizer": ..., "kernel_constraint": ...},
    "SpatialDropout2D": {"trainable": ..., "noise_shape": ..., "seed": ...},
    "RandomFlip": {"rng_type": ...},
    "RandomRotation": {"rng_type": ...},
    "RandomZoom": {"rng_type": ...},
    "RandomTranslation": {"rng_type": ...},
    "RandomContrast": {"rng_type": ...},
    "RandomBrightness": {"rng_type": ...},
    "RandomCrop": {"rng_type": ...},
    "MultiHeadAttention": {"query_shape": ..., "key_shape": ..., "value_shape": ...},
}
"""Arguments that Keras 2 stores for a layer and Keras 3 does not know, with the only value that may be dropped
(``...`` for any). None of them changes what a trained network computes.
"""


def convert(path: Path, folder: Path, size: tuple[int, int] | None = None) -> Draft:
    """Write the network in ``path`` to ``model.xml`` and ``model.bin`` in ``folder``, for one picture, and describe it.

    Args:
        path: A ``.keras`` or ``.h5`` file with the whole model.
        folder: An existing folder.
        size: Height and width for a network that takes any.

    Raises:
        UserError: If the file holds code, needs classes of others, Keras 3 can't read or export it, or TensorFlow is
            missing.
    """
    keras_config.check(path)
    installed.demand(f"reading {path.name}", "tensorflow")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the conversion fails on JAX
    model = _load(path)
    shape = _input_shape(model, path.name, size)
    import keras

    signature = [keras.InputSpec(shape=shape, dtype=model.inputs[0].dtype)]
    target = folder / "model.xml"
    try:
        model.export(str(target), format="openvino", verbose=False, input_signature=signature)
    except Exception as error:  # of TensorFlow's tracing, Keras and OpenVINO
        reason = _short(error)
        raise UserError(f"{path.name} can't be converted to OpenVINO ({reason}); {INSTEAD}") from error
    draft = inspect_openvino.read(target)
    draft.producer = f"keras {keras.__version__}"
    draft.parameters = int(model.count_params())
    if None in model.inputs[0].shape[1:3] and size is None:
        draft.warnings.append(f"The network takes any size; it was fixed to {shape[1]} x {shape[2]}.")
    return draft


def _load(path: Path) -> "keras.Model":
    """Return the model in a file, with its weights and without its optimizer."""
    import keras

    try:
        model = keras.saving.load_model(path, custom_objects=_tolerant_layers(), compile=False, safe_mode=True)
    except Exception as error:  # Keras raises errors of many types
        text = str(error)
        if "Functional model configuration" in text or "Could not locate class 'Functional'" in text:
            reason = "it was saved by Keras 2 with a model inside the model, or as .keras, which Keras 3 can't read"
        elif "lambda" in text.lower():
            reason = "it has a Lambda layer, which runs code from the file"
        else:
            reason = _short(error)
        raise UserError(f"{path.name} can't be read by Keras {keras.__version__} ({reason}); {INSTEAD}") from error
    if not isinstance(model, keras.Model) or not model.inputs:
        raise UserError(f"{path.name} does not say what its input is; {INSTEAD}")
    return model


def _short(error: Exception) -> str:
    """Return the first line of an error, shortened."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return line[:160].rstrip(" .:")


def _input_shape(model: "keras.Model", name: str, size: tuple[int, int] | None) -> tuple[int, ...]:
    """Return the shape of one picture in the network's own layout, with every length fixed."""
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise UserError(f"{name} must have one input, a picture (H, W, 3); it has {len(model.inputs)}")
    _, *lengths = model.inputs[0].shape
    height, width = size or ANY_SIZE
    first = lengths[0] == CHANNELS and lengths[2] != CHANNELS
    asked = (CHANNELS, height, width) if first else (height, width, CHANNELS)
    return (1, *(length or wanted for length, wanted in zip(lengths, asked, strict=True)))


def _tolerant_layers() -> dict[str, Any]:
    """Return Keras' layers under their names, each taking a description that Keras 2 wrote."""
    import keras

    found = {name: getattr(keras.layers, name, None) for name in _KERAS_2_ONLY}
    return {name: _tolerant(layer, _KERAS_2_ONLY[name]) for name, layer in found.items() if inspect.isclass(layer)}


def _tolerant(layer: Any, unknown: dict[str, Any]) -> Any:
    """Return a class like ``layer`` that drops ``unknown`` arguments when it is read from a file."""

    def from_config(cls: Any, config: dict[str, Any]) -> Any:
        kept = dict(config)
        known = inspect.signature(layer.__init__).parameters
        for key in unknown.keys() - known.keys():
            if key in kept and unknown[key] is not ... and kept[key] != unknown[key]:
                raise UserError(f"a layer {layer.__name__} has {key}={kept[key]}, which Keras 3 does not have")
            kept.pop(key, None)
        return layer.from_config(kept)

    return type(layer.__name__, (layer,), {"from_config": classmethod(from_config)})
