"""Networks of the published configs, and what is in them."""

from pathlib import Path

import keras

from configs import schema
from configs.schema import Experiment
from data import datasets
from models import architectures

CONFIGS = {path.stem: path for path in sorted(Path(schema.__file__).parent.glob("*.yaml"))}


def classes(experiment: Experiment) -> int:
    return len(datasets.get(experiment.data.dataset).label_space)


def build(name: str, *overrides: str) -> keras.Model:
    experiment = schema.load(CONFIGS[name], overrides)
    return architectures.build(experiment, classes(experiment))


def dropouts(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def sources_of(model: keras.Model, name: str) -> list[str]:
    """Return the names of the layers whose output a layer takes."""
    return [tensor._keras_history.operation.name for tensor in model.get_layer(name)._inbound_nodes[0].input_tensors]
