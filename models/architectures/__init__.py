"""Segmentation networks: each module in this folder is one architecture, found by its file name.

A module follows the protocol ``Architecture``, or ``PretrainedArchitecture`` if its encoder can start from pre-trained
weights. All of them are plain Keras 3, so that a network trains on every backend.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from configs.errors import ConfigError
from configs.schema import Experiment, Section, validate

if TYPE_CHECKING:
    import keras


@runtime_checkable
class Architecture(Protocol):
    """The contract of a module in this folder."""

    Options: type[Section]  # the keys beside ``architecture`` in a config's ``model``

    def output_stride(self, options: Any) -> int:
        """Return the size of the input relative to the smallest feature map; image sizes must be multiples of it."""

    def build(self, options: Any, image_size: tuple[int, int], classes: int) -> "keras.Model":
        """Return a model from float ``(N, H, W, 3)`` to a float32 softmax ``(N, H, W, classes)``."""


@runtime_checkable
class PretrainedArchitecture(Architecture, Protocol):
    """An architecture whose encoder can be initialised with pre-trained weights."""

    ENCODER: str  # name of the layer that holds the encoder

    def load_encoder(self, model: "keras.Model", weights_file: Path | None) -> None:
        """Load the encoder's weights from a file, or download them if it is None."""


def names() -> tuple[str, ...]:
    """List the architectures without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])))


def check(experiment: Experiment) -> tuple[Architecture, Section]:
    """Validate the part of a config that depends on the architecture; return the architecture and its options.

    Raises:
        ConfigError: If the architecture is unknown, its options are invalid, an image size is not a multiple of the
            output stride, or ``train.encoder`` is set for a network without a pre-trained encoder (or null for one
            with it).
    """
    name, origin = experiment.model.architecture, experiment.name
    if name not in names():
        raise ConfigError(f"{origin}: model.architecture: must be one of {', '.join(names())}, not {name!r}")
    architecture = cast("Architecture", importlib.import_module(f"{__name__}.{name}"))
    options = validate(architecture.Options, experiment.model.options, origin, prefix="model")
    stride = architecture.output_stride(options)
    sizes = {"data.image_size": experiment.data.image_size}
    if experiment.train.small_start:
        sizes["train.small_start.image_size"] = experiment.train.small_start.image_size
    for key, size in sizes.items():
        for axis, side in enumerate(size):
            if side % stride:
                multiple = f"a multiple of {stride}, the output stride of this network"
                raise ConfigError(f"{origin}: {key}.{axis}: must be {multiple}, not {side}")
    pretrained = isinstance(architecture, PretrainedArchitecture)
    if experiment.train.encoder and not pretrained:
        raise ConfigError(f"{origin}: train.encoder: must be null, because {name} has no pre-trained encoder")
    if pretrained and not experiment.train.encoder:
        demand = f"must say how the pre-trained encoder of {name} is treated, not null"
        raise ConfigError(f"{origin}: train.encoder: {demand}")
    return architecture, options


def build(experiment: Experiment, classes: int) -> "keras.Model":
    """Build the network of an experiment, with randomly initialised weights. Raises ``ConfigError`` as ``check`` does.

    It maps ``(N, H, W, 3)`` to float32 probabilities ``(N, H, W, classes)``; ``classes`` include a void class.
    """
    architecture, options = check(experiment)
    return architecture.build(options, experiment.data.image_size, classes)
