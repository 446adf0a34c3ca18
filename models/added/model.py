"""A model that came as a file: its folder, its description and what the pages need to know of it."""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from data.dataset import Dataset
from models.added import description
from models.added.description import Description
from models.runs.model import Model, file_digest

FORMATS = {"onnx": "ONNX", "openvino": "OpenVINO IR", "tflite": "TFLite"}
ENGINES = {"openvino": "OpenVINO", "litert": "LiteRT", "onnxruntime": "ONNX Runtime"}


@dataclass(frozen=True)
class AddedModel(Model):
    """A folder with a ``model.yaml`` and the files of a network, which is run without its program's code."""

    path: Path
    published: bool = False

    @cached_property
    def description(self) -> Description:
        """The content of ``model.yaml``. Raises ``ConfigError`` if it is missing or not valid."""
        return _description(*self._file())

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset whose classes it predicts, or its own classes in the same form."""
        if self.description.classes.dataset is not None:
            return description.dataset_of(self.description, self.name)
        return _own_classes(self.name, *self._file())

    @property
    def files(self) -> tuple[Path, ...]:
        """The network's files, the main one first."""
        return tuple(self.path / name for name in self.description.source.files)

    @property
    def weights(self) -> Path:
        """The file that the engine reads; others are found through it."""
        return self.files[0]

    def size_bytes(self) -> int:
        """Return the size of all its files. Raises ``OSError`` if one is missing."""
        return sum(file.stat().st_size for file in self.files)

    @property
    def is_ready(self) -> bool:
        """Whether all of its files are there."""
        return all(file.is_file() for file in self.files)

    def digest(self) -> str:
        """Return a SHA-256 of its files and of how they are called. Raises ``OSError`` if one is missing."""
        called = self.description.model_dump(mode="json", include={"engine", "input", "output", "classes"})
        parts = [called, *(file_digest(file) for file in self.files)]
        return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def network(self) -> str:
        """The format of its file and the engine that runs it."""
        return f"{FORMATS[self.description.source.format]} on {ENGINES[self.description.engine]}"

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the network's input in pixels."""
        return self.description.input.size

    @property
    def resize(self) -> Literal["stretch", "letterbox"]:
        """How an image is brought to ``input_size``."""
        return self.description.input.resize

    @property
    def smallest_object(self) -> float:
        """Least area of an object, as a share of the image's pixels."""
        return self.description.smallest_object

    @property
    def state(self) -> str:
        """Where it comes from."""
        return f"Added from {self.description.source.original}"

    def missing_weights_reason(self) -> str:
        """Return which of its files is missing, as a clause to end a sentence with."""
        missing = next((file.name for file in self.files if not file.is_file()), self.weights.name)
        return f"{missing} is missing from its folder"

    def parameters(self) -> int | None:
        """Return the number of weights in its file, or None if it is unknown."""
        return self.description.source.parameters

    def network_facts(self) -> dict[str, Any]:
        """Return what determines the network's latency, as JSON."""
        return {"files": [file_digest(file) for file in self.files], "input": list(self.input_size)}

    def _file(self) -> tuple[Path, tuple[int, ...]]:
        """Return ``model.yaml`` and what tells one state of it from another; nothing if it is missing."""
        file = self.path / description.FILE
        try:
            state = file.stat()
        except OSError:
            return file, ()
        return file, (state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=256)
def _description(file: Path, state: tuple[int, ...]) -> Description:
    """Read a description only if the file has changed: the dashboard needs all of them at every rerun."""
    return description.load(file)


@lru_cache(maxsize=256)
def _own_classes(name: str, file: Path, state: tuple[int, ...]) -> Dataset:
    """Return a model's own classes; to find distinct colours for many takes a while."""
    return description.dataset_of(_description(file, state), name)
