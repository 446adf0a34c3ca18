"""A model of which only predictions are known: label maps that some other program wrote for a split of a dataset."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from configs import schema, text_files
from configs.errors import ConfigError
from configs.schema import Name, Probability, Section
from configs.yaml_loader import dump_yaml, load_yaml
from data import datasets
from data.dataset import Dataset
from models.runs.model import Model, file_digest

FILE = "predictions.yaml"
"""Name of the description in the model's folder."""
MAX_BYTES = 1 << 16
"""The largest description; they have less than 1 kB."""
MAPS = "maps.npz"
"""The label maps: for each picture a PNG under its ``pixel_digest``, and one of 16 bits, with ``CONFIDENCE`` appended
to its name, for the probabilities where they are known."""
CONFIDENCE = ".confidence"
LARGEST = 8 * 2**30
"""Bytes of all label maps of a model, which are held in memory."""


class Description(Section):
    """Content of ``predictions.yaml``."""

    dataset: Name
    split: Name
    source: str
    """The folder that the predictions came from."""
    reading: str
    """How the values of its label maps were read, in words; empty for scores."""
    pictures: Annotated[int, Field(ge=1)]
    has_confidence: bool
    """Whether they were scores, from which the probability of the class is known."""
    smallest_object: Probability
    """Minimum size of an object, as a share of the picture's pixels."""


@dataclass(frozen=True)
class StoredPredictions(Model):
    """A folder with label maps for the pictures of a split; it predicts these pictures and no other."""

    path: Path
    published: bool = False

    @cached_property
    def description(self) -> Description:
        """The content of ``predictions.yaml``. Raises ``ConfigError`` if it is missing or not valid."""
        file = self.path / FILE
        try:
            state = file.stat()
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
        return _load(file, state.st_mtime_ns, state.st_size, state.st_ino)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset whose pictures it predicts."""
        return datasets.get(self.description.dataset)

    @property
    def weights(self) -> Path:
        """The file with the label maps."""
        return self.path / MAPS

    def digest(self) -> str:
        """Return the SHA-256 of the label maps. Raises ``OSError`` if they are missing."""
        return file_digest(self.weights)

    @property
    def network(self) -> str:
        """What stands in the place of a network."""
        return "Stored predictions"

    @property
    def input_size(self) -> None:
        """None: there is no network."""
        return

    @property
    def resize(self) -> None:
        """None: there is no network."""
        return

    def size_bytes(self) -> None:
        """Return None: there is no network."""

    @property
    def smallest_object(self) -> float:
        """Least area of an object, as a share of the image's pixels."""
        return self.description.smallest_object

    @property
    def state(self) -> str:
        """Where the predictions come from."""
        return f"Predictions for {self.description.pictures} pictures of {self.description.split}"

    def missing_weights_reason(self) -> str:
        """Return what is missing, as a clause to end a sentence with."""
        return f"{MAPS} is missing from its folder"

    def network_facts(self) -> dict[str, Any]:
        """Return what identifies the predictions, which take no time."""
        return {"predictions": self.digest()}


def dump(description: Description) -> str:
    """Return a description as YAML."""
    return dump_yaml(description.model_dump(mode="json"))


def pixel_digest(image: NDArray[np.uint8]) -> str:
    """Return what identifies a picture: a SHA-256 of its size and pixels, ``(H, W, 3)`` RGB."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


@lru_cache(maxsize=256)
def _load(file: Path, changed: int, size: int, inode: int) -> Description:
    content = load_yaml(text_files.read(file, "the description of predictions", MAX_BYTES), str(file))
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: is a mapping with the keys {', '.join(Description.model_fields)}")
    return schema.validate(Description, content, str(file))
