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
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from configs import schema
from configs.schema import Experiment
from data import datasets
from data.dataset import Dataset
from data.label_space import LabelSpace
from models.runs import weights
from models.runs.evaluation import Evaluation, SplitScores

if TYPE_CHECKING:
    import pandas as pd

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

SILENCE = timedelta(minutes=5)
"""A running training without a heartbeat for this long counts as stopped."""


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
            started, heartbeat = _time(content["started"]), _time(content["heartbeat"])
            return cls(state, int(content["epoch"]), started, heartbeat, str(content.get("message") or ""))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return None


@dataclass(frozen=True)
class Run:
    """A folder with a config and the results of its training, which may still be running.

    ``published`` runs belong to ``models/zoo``, where checksums are verified.
    """

    path: Path
    published: bool

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @cached_property
    def experiment(self) -> Experiment:
        """The resolved config. Raises ``ConfigError`` if it is missing or invalid."""
        file = self.path / "config.yaml"
        try:
            state = file.stat()
        except OSError:
            return schema.load(file)  # raises the error
        return _experiment(file, state.st_mtime_ns, state.st_size)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset it was trained on. Raises ``UserError`` if there is none of that name."""
        return datasets.get(self.experiment.data.dataset)

    @property
    def label_space(self) -> LabelSpace:
        """The classes of the ids it predicts."""
        return self.dataset.label_space

    @property
    def weights(self) -> Path:
        """The weight file, which exists once the first epoch is finished."""
        return self.path / "model.weights.h5"

    @property
    def previews(self) -> Path:
        """The folder of the label maps predicted after every epoch, which may be missing."""
        return self.path / "previews"

    @property
    def card(self) -> str | None:
        """The model card in Markdown, or None."""
        return _read(self.path / "card.md")

    def parameters(self) -> int | None:
        """Count the network's parameters, or return None if the weights are missing or can't be read."""
        return weights.parameters(self.weights)

    def status(self) -> Status | None:
        """Return the progress of the training, or None if it is missing or invalid.

        A running training without a heartbeat for ``SILENCE`` is returned as stopped.
        """
        status = Status.parse(_read(self.path / "status.json") or "")
        if status and status.state == "running" and datetime.now(UTC) - status.heartbeat > SILENCE:
            return dataclasses.replace(status, state="stopped", message="stopped (no sign of life)")
        return status

    def missing_weights_reason(self) -> str:
        """Return why a run without weights has none, as a clause to end a sentence with."""
        status = self.status()
        if status is None:
            return "the state of its training is unknown"
        if status.state == "running":
            return f"its {'next' if status.epoch else 'first'} epoch has to finish first"
        if status.epoch == 0:
            return "its training ended before its first epoch did"
        return f"{status.epoch} of its epochs are finished, but {self.weights.name} is gone"

    def history(self) -> "pd.DataFrame":
        """Return the curves, one row per finished epoch; incomplete rows are skipped."""
        import pandas as pd  # imported here, because it takes a third of a second that most commands don't need

        whole_lines = (_read(self.path / "history.csv") or "").rpartition("\n")[0]
        try:
            table = pd.read_csv(io.StringIO(whole_lines), on_bad_lines="skip")
        except ValueError:  # pandas: an empty file, or one that can't be parsed
            table = pd.DataFrame()
        if table.empty:
            return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype=float)
        return table.reindex(columns=list(HISTORY_COLUMNS)).apply(pd.to_numeric, errors="coerce")

    def evaluation(self) -> Evaluation | None:
        """Return the content of ``evaluation.json``, or None if it is missing or can't be read."""
        content = self._evaluation()
        return content if isinstance(content, Evaluation) else None

    def evaluation_fault(self) -> str | None:
        """Return why ``evaluation.json`` can't be read, or None if it can be or doesn't exist."""
        content = self._evaluation()
        return content if isinstance(content, str) else None

    def scores(self, split: str) -> SplitScores | None:
        """Return the scores on a split, or None if there are none or they are invalid."""
        evaluation = self.evaluation()
        return evaluation.splits.get(split) if evaluation else None

    def _evaluation(self) -> Evaluation | str | None:
        """Return the evaluation, why it can't be read, or None if there is none."""
        file = self.path / "evaluation.json"
        try:
            state = file.stat()
        except OSError:
            return None
        return _evaluation(file, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=1024)
def _experiment(file: Path, changed: int, size: int) -> Experiment:
    """Read a config only if the file has changed: the dashboard needs all configs at every rerun."""
    return schema.load(file)


@lru_cache(maxsize=128)
def _evaluation(file: Path, changed: int, size: int, inode: int) -> Evaluation | str:
    """Parse an evaluation only if the file has changed; return the reason if it can't be parsed."""
    text = _read(file)
    if text is None:
        return "the file can't be read"
    try:
        return Evaluation.parse(text)
    except ValueError as error:
        return f"invalid JSON: {error}"


def _read(path: Path) -> str | None:
    """Return the text of a file, or None if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _time(text: str) -> datetime:
    """Parse an ISO 8601 time, in UTC unless it has a time zone."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
