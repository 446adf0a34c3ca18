"""The networks. Each file in this folder is one, found by its name; nothing else lists them.

An architecture is a module with

* ``Options``: a ``configs.schema.Section`` with the keys that stand beside ``architecture`` in a config's ``model``;
* ``halvings(options) -> int``: how often it halves its input, which fixes the image sizes it can take;
* ``build(options, image_size, classes) -> keras.Model``: from float ``(N, H, W, 3)`` to a float32 softmax
  ``(N, H, W, classes)``;
* and, if it has a pre-trained encoder, ``load_encoder(model, weights_file)`` and ``ENCODER``, the name of that layer.

Everything in them is plain Keras 3, so one network trains on every backend.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from configs.errors import ConfigError
from configs.schema import Experiment, Section, validate

if TYPE_CHECKING:
    import keras


def names() -> tuple[str, ...]:
    """List the architectures without importing one."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])))


def check(experiment: Experiment) -> tuple[ModuleType, Section]:
    """Check what only the architecture can judge and return its module and its options.

    Raises:
        ConfigError: If the architecture is unknown, its options are not as it allows, the image can't be halved as
            often as it must, or a pre-trained encoder is configured for a network without one (or the other way round).
    """
    name, origin = experiment.model.architecture, experiment.name
    if name not in names():
        raise ConfigError(f"{origin}: model.architecture: must be one of {', '.join(names())}, not {name!r}")
    architecture = importlib.import_module(f"{__name__}.{name}")
    options = validate(architecture.Options, experiment.model.options, origin, prefix="model")
    divisor = 2 ** architecture.halvings(options)
    sizes = {"data.image_size": experiment.data.image_size}
    if experiment.train.small_start:
        sizes["train.small_start.image_size"] = experiment.train.small_start.image_size
    for key, size in sizes.items():
        for axis, side in enumerate(size):
            if side % divisor:
                raise ConfigError(
                    f"{origin}: {key}.{axis}: must be a multiple of {divisor}, because this network halves it "
                    f"{architecture.halvings(options)} times, not {side}"
                )
    if experiment.train.encoder and not hasattr(architecture, "ENCODER"):
        raise ConfigError(f"{origin}: train.encoder: must be null, because {name} has no pre-trained encoder")
    if not experiment.train.encoder and hasattr(architecture, "ENCODER"):
        raise ConfigError(
            f"{origin}: train.encoder: must say how the pre-trained encoder of {name} is treated, not null"
        )
    return architecture, options


def build(experiment: Experiment, classes: int) -> "keras.Model":
    """Build the network of an experiment with freshly initialised weights.

    Args:
        experiment: The config; its ``data.image_size`` is the input's height and width.
        classes: How many classes the dataset's label space has, a void class included.

    Returns:
        A model from ``(N, H, W, 3)`` to float32 probabilities ``(N, H, W, classes)``.

    Raises:
        ConfigError: As ``check`` does.
    """
    architecture, options = check(experiment)
    model: keras.Model = architecture.build(options, experiment.data.image_size, classes)
    return model
