"""A run on disk: its config, status, history, evaluation and weights, read without keras or tensorflow.

Training writes these files while other processes read them, so every reader handles missing, damaged and incomplete
files.
"""

import dataclasses
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from configs import schema
from configs.errors import ConfigError, UserError
from configs.schema import Experiment
from data import datasets
from data.dataset import Dataset
from models.inference.formats import Precision
from models.runs import calibration, weights
from models.runs.calibration import Adjustment, Calibration
from models.runs.model import Model, file_digest, read_text

if TYPE_CHECKING:
    import pandas as pd

BETWEEN = " · "
"""Stands between the name of a run and a precision in the name of both."""

HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "miou",
    "val_loss",
    "val_accuracy",
    "val_miou",
    "learning_rate",
    "seconds",
    "images_per_second",
)

MAX_EPOCHS = 100_000
"""No training has more epochs; rows of a history with higher ones are skipped."""
MAX_HISTORY_BYTES = 200 * MAX_EPOCHS
MAX_TEXT_BYTES = 1 << 20
MAX_VALUE = 1e12
"""A figure of a history beyond this is a fault, not a measurement; it counts as missing."""

SILENCE = timedelta(minutes=5)
"""A running training without a heartbeat for this long counts as stopped."""
MAX_MESSAGE = 1000
"""Characters of a status's message that are shown."""


@dataclass(frozen=True)
class Status:
    """Progress of a training."""

    state: Literal["running", "finished", "stopped", "failed"]
    epoch: int  # finished ones
    started: datetime
    heartbeat: datetime  # last sign of life
    message: str  # for people, possibly empty

    @classmethod
    def parse(cls, text: str) -> "Status | None":
        """Parse the text of a ``status.json``; return None if it is invalid."""
        try:
            content = json.loads(text)
            state = content["state"]
            if state not in ("running", "finished", "stopped", "failed"):
                return None
            started, heartbeat, epoch = _time(content["started"]), _time(content["heartbeat"]), int(content["epoch"])
            if not 0 <= epoch <= MAX_EPOCHS:
                return None
            return cls(state, epoch, started, heartbeat, str(content.get("message") or "")[:MAX_MESSAGE])
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return None


@dataclass(frozen=True)
class Run(Model):
    """A folder with a config and the results of its training, which may still be running.

    ``published`` runs belong to ``models/zoo``, where checksums are verified. With a ``precision`` it is the same run,
    always computed in that, as a model beside the run itself: it has its own name, digest, size and scores.
    """

    path: Path
    published: bool
    precision: Precision | None = None

    @property
    def name(self) -> str:
        """The name of the folder, and the precision if it has one of its own."""
        return self.path.name if self.precision is None else f"{self.path.name}{BETWEEN}{self.precision}"

    def in_precision(self, precision: Precision | None) -> "Run":
        """Return this run as a model that is always computed in a precision; in its usual one for None."""
        return dataclasses.replace(self, precision=precision)

    @cached_property
    def experiment(self) -> Experiment:
        """The resolved config. Raises ``ConfigError`` if it is missing or invalid."""
        file = self.path / "config.yaml"
        try:
            state = file.stat()
        except OSError:
            return schema.load(file)  # raises the error
        experiment = _experiment(file, state.st_mtime_ns, state.st_size, state.st_ino)
        if isinstance(experiment, str):
            raise ConfigError(experiment)
        return experiment

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset it was trained on. Raises ``UserError`` if there is none of that name."""
        return datasets.get(self.experiment.data.dataset)

    @property
    def weights(self) -> Path:
        """The weight file, which exists once the first epoch is finished."""
        return self.path / "model.weights.h5"

    @property
    def quantisation(self) -> Path:
        """The file that makes an int8 network of its weights, which may be missing."""
        return self.path / "int8.npz"

    @property
    def calibration_images(self) -> Path:
        """The list of the images that the int8 network was calibrated on, by the SHA-256 of each."""
        return self.path / "calibration_images.txt"

    @property
    def is_ready(self) -> bool:
        """Whether it can predict."""
        return self.weights.is_file() and (self.precision != "int8" or self.quantisation.is_file())

    def size_bytes(self) -> int | None:
        """Return the size of the weight file, or that of the network in int8. Raises ``OSError`` if it is not ready."""
        if self.precision != "int8":
            return self.weights.stat().st_size
        state = self.quantisation.stat()
        return _int8_bytes(self.quantisation, state.st_mtime_ns, state.st_size)

    @property
    def previews(self) -> Path:
        """The folder of the label maps predicted after every epoch, which may be missing."""
        return self.path / "previews"

    @property
    def network(self) -> str:
        """The architecture, as named in the config."""
        return self.experiment.model.architecture

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the network's input in pixels."""
        return self.experiment.data.image_size

    @property
    def resize(self) -> Literal["stretch", "letterbox"]:
        """How an image is brought to ``input_size``."""
        return self.experiment.data.resize

    @property
    def smallest_object(self) -> float:
        """Least area of an object, as a share of the image's pixels."""
        return self.experiment.evaluate.smallest_object

    @property
    def subsets(self) -> dict[str, list[str]]:
        """The subsets of the classes that the config names."""
        return self.experiment.evaluate.subsets

    @property
    def state(self) -> str:
        """Whether it is published, or how far its training is."""
        if self.published:
            return "Published"
        status = self.status()
        if status is None:
            return "Trained here" if self.is_ready else "No weights yet"
        word = "Training" if status.state == "running" else status.state.capitalize()
        return f"{word}, epoch {status.epoch} of {self.experiment.train.epochs}"

    @property
    def calibration(self) -> Calibration | None:
        """What makes its weights as confident as they are right, if ``train.calibrate`` has found it.

        None as well if it has an offset for a class that the dataset does not have.
        """
        try:
            found = calibration.read(self.path, file_digest(self.weights))
        except OSError:
            return None
        if found and any(name not in self.label_space.names for name in found.offsets):
            return None
        return found

    @property
    def adjustment(self) -> Adjustment | None:
        """What is done to its logits; None if nothing is, as without a calibration."""
        found = self.calibration
        return None if found is None else found.adjustment(self.label_space.names)

    def digest(self) -> str:
        """Return the SHA-256 of the weights, and of what else its scores depend on. Raises ``OSError``."""
        parts: list[Any] = [file_digest(self.weights)]
        if self.precision is not None:
            parts.append(self.precision)
        if self.precision == "int8":
            parts.append(file_digest(self.quantisation))
        if found := self.calibration:
            parts += found.facts()
        return str(parts[0]) if len(parts) == 1 else sha256(json.dumps(parts).encode()).hexdigest()

    def training_images(self) -> frozenset[str]:
        """Return the SHA-256 of the images it was trained on. Raises ``UserError`` if they can't be read."""
        path = self.path / "train_images.txt"
        try:
            return frozenset(path.read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path}: can't be read, so the images that {self.name} was trained on are unknown; train it again"
            ) from error

    def network_facts(self) -> dict[str, Any]:
        """Return what determines the network's latency, as JSON; its weights make no difference."""
        facts = {
            "model": self.experiment.model.model_dump(mode="json"),
            "input": list(self.input_size),
            "classes": len(self.label_space),
        }
        return facts if self.precision is None else facts | {"precision": self.precision}

    def parameters(self) -> int | None:
        """Count the network's parameters, or return None if the weights are missing or can't be read."""
        return weights.parameters(self.weights)

    def status(self) -> Status | None:
        """Return the progress of the training, or None if it is missing or invalid.

        A running training without a heartbeat for ``SILENCE`` is returned as stopped.
        """
        status = Status.parse(read_text(self.path / "status.json", MAX_TEXT_BYTES) or "")
        if status and status.state == "running" and datetime.now(UTC) - status.heartbeat > SILENCE:
            return dataclasses.replace(status, state="stopped", message="stopped (no sign of life)")
        return status

    def missing_weights_reason(self) -> str:
        """Return why a run that is not ready is not, as a clause to end a sentence with."""
        if self.weights.is_file():
            return self.missing_quantisation_reason()
        status = self.status()
        if status is None:
            return "the state of its training is unknown"
        if status.state == "running":
            return f"its {'next' if status.epoch else 'first'} epoch has to finish first"
        if status.epoch == 0:
            return "its training ended before its first epoch did"
        return f"{status.epoch} of its epochs are finished, but {self.weights.name} is gone"

    def missing_quantisation_reason(self) -> str:
        """Return why a run without int8 scales has none, as a clause to end a sentence with."""
        return f"it has no {self.quantisation.name}; make it with python -m models.quantize {self.path.name}"

    def history(self) -> "pd.DataFrame":
        """Return the curves, one row per finished epoch.

        Incomplete rows, those whose epoch is none, and files beyond ``MAX_HISTORY_BYTES`` are skipped.
        """
        file = self.path / "history.csv"
        try:
            state = file.stat()
        except OSError:
            return _no_history()
        return _history(file, state.st_mtime_ns, state.st_size, state.st_ino).copy()


@lru_cache(maxsize=64)
def _int8_bytes(file: Path, changed: int, size: int) -> int | None:
    """Return the size of an int8 network, or None if the file does not say it; read only if it has changed."""
    from models.inference import quantisation  # imported here, because OpenVINO takes a third of a second

    try:
        return int(quantisation.read(file).facts["bytes"])
    except (UserError, KeyError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1024)
def _experiment(file: Path, changed: int, size: int, inode: int) -> Experiment | str:
    """Read a config, or why it can't be, only if the file has changed: the dashboard needs all at every rerun."""
    try:
        return schema.load(file)
    except ConfigError as error:
        return str(error)


@lru_cache(maxsize=64)
def _history(file: Path, changed: int, size: int, inode: int) -> "pd.DataFrame":
    """Read a history only if the file has changed."""
    import pandas as pd  # imported here, because it takes a third of a second that most commands don't need

    whole_lines = (read_text(file, MAX_HISTORY_BYTES) or "").rpartition("\n")[0]
    try:
        table = pd.read_csv(io.StringIO(whole_lines), on_bad_lines="skip", dtype=str)
    except ValueError:  # pandas: an empty file, or one that can't be parsed
        return _no_history()
    table = table.reindex(columns=list(HISTORY_COLUMNS)).apply(pd.to_numeric, errors="coerce").astype(float)
    table = table.where(table.abs() <= MAX_VALUE)
    epochs = table["epoch"]
    table = table[epochs.between(1, MAX_EPOCHS) & (epochs % 1 == 0)]
    return table.reset_index(drop=True) if len(table) else _no_history()


def _no_history() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype=float)


def _time(text: str) -> datetime:
    """Parse an ISO 8601 time, in UTC unless it has a time zone."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
