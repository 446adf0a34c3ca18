"""A run on disk: its config, state, curves, results and weights, read without keras or tensorflow.

Training writes these files while others read them, so every reader here copes with a file that is missing, damaged or
half written.
"""

import dataclasses
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from configs import schema
from configs.schema import Experiment
from data import datasets
from data.dataset import Dataset
from data.label_space import LabelSpace
from models.runs import weights

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
"""A running training that has given no sign of life for this long is taken for dead."""


@dataclass(frozen=True)
class Status:
    """How far a training is.

    Attributes:
        state: What it is doing.
        epoch: Epochs finished.
        started: When it began.
        heartbeat: When it last gave a sign of life.
        message: A remark for people, possibly empty.
    """

    state: Literal["running", "finished", "stopped", "failed"]
    epoch: int
    started: datetime
    heartbeat: datetime
    message: str

    @classmethod
    def parse(cls, text: str) -> "Status | None":
        """Read the content of a ``status.json``; return None if it is no such thing."""
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
    """A run: a folder with a config, whether it is still going, finished or published.

    Attributes:
        path: The folder.
        published: Whether it belongs to ``models/zoo``, with checksums that must hold.
    """

    path: Path
    published: bool

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @cached_property
    def experiment(self) -> Experiment:
        """The resolved config. Raises ``ConfigError`` if it can't be read."""
        file = self.path / "config.yaml"
        try:
            state = file.stat()
        except OSError:
            return schema.load(file)  # says what is wrong
        return _experiment(file, state.st_mtime_ns, state.st_size)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset it is about. Raises ``UserError`` if there is none of that name."""
        return datasets.get(self.experiment.data.dataset)

    @property
    def label_space(self) -> LabelSpace:
        """What the ids it predicts mean."""
        return self.dataset.label_space

    @property
    def weights(self) -> Path:
        """The weights; the file exists as soon as the first epoch is done."""
        return self.path / "model.weights.h5"

    @property
    def previews(self) -> Path:
        """The folder of the label maps predicted after every epoch; it may be missing."""
        return self.path / "previews"

    @property
    def card(self) -> str | None:
        """The model card in Markdown, or None."""
        return _read(self.path / "card.md")

    def parameters(self) -> int | None:
        """Count the network's parameters, or return None if there are no weights that can be read."""
        return weights.parameters(self.weights)

    def status(self) -> Status | None:
        """Return how far the training is, or None if nothing (readable) says so.

        A training that claims to run but has been silent for too long is returned as stopped.
        """
        status = Status.parse(_read(self.path / "status.json") or "")
        if status and status.state == "running" and datetime.now(UTC) - status.heartbeat > SILENCE:
            return dataclasses.replace(status, state="stopped", message="stopped (no sign of life)")
        return status

    def lack(self) -> str:
        """Say why a run without weights has none: half a sentence, which goes on one about the run."""
        status = self.status()
        if status is None:
            return "nothing says how far its training is"
        if status.state == "running":
            return f"its {'next' if status.epoch else 'first'} epoch has to finish first"
        if status.epoch == 0:
            return "its training ended before its first epoch did"
        return f"{status.epoch} of its epochs are finished, but {self.weights.name} is gone"

    def history(self) -> "pd.DataFrame":
        """Return the curves, one row per finished epoch; a row that is still being written is left out."""
        import pandas as pd  # takes a third of a second, and the command lines never ask for it

        whole_lines = (_read(self.path / "history.csv") or "").rpartition("\n")[0]
        try:
            table = pd.read_csv(io.StringIO(whole_lines), on_bad_lines="skip")
        except ValueError:  # what pandas raises for a table it can't parse, or for none
            table = pd.DataFrame()
        if table.empty:
            return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype=float)
        return table.reindex(columns=list(HISTORY_COLUMNS)).apply(pd.to_numeric, errors="coerce")

    def evaluation(self) -> dict[str, Any] | None:
        """Return the content of ``evaluation.json``, or None if it is missing or can't be read."""
        try:
            content = json.loads(_read(self.path / "evaluation.json") or "")
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None


@lru_cache(maxsize=1024)
def _experiment(file: Path, changed: int, size: int) -> Experiment:
    """Read a config only if it has changed: the dashboard asks for all of them at every click."""
    return schema.load(file)


def _read(path: Path) -> str | None:
    """Return the text of a file, or None if there is none that can be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _time(text: str) -> datetime:
    """Read an ISO 8601 time; one without a time zone is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
