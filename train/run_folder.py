"""Writes the folder of a local run; every file is replaced atomically."""

import contextlib
import csv
import io
import json
import math
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from configs.errors import UserError
from configs.files import write_bytes, write_text
from configs.schema import Experiment, dump, load
from models.runs.run import HISTORY_COLUMNS, Run
from train.schedule import Plateau

HEARTBEAT_SECONDS = 15
"""Least interval between two heartbeats of a running training."""

RESUMED_FROM = ("config.yaml", "status.json", "history.csv", "train_images.txt", "checkpoints/last.npz")
"""What a training is resumed from."""

Row = dict[str, float]
"""One epoch of the history: a value for each column."""


@dataclass
class RunFolder:
    """The folder of a run in training."""

    path: Path
    epoch: int = 0
    """The last finished epoch."""
    started: str = ""
    """When the run was first started, ISO 8601 in UTC."""
    finished: bytes | None = None
    """What ``status.json`` held when a run that had finished was opened again."""
    _written: float = -math.inf

    @classmethod
    def create(cls, path: Path, experiment: Experiment) -> "RunFolder":
        """Create the folder of a new run. Raises ``UserError`` if it exists already or can't be created."""
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise UserError(
                f"{path}: exists already; resume it with --resume, or choose another folder with --run-dir"
            ) from None
        except OSError as error:
            raise UserError(f"{path}: the run's folder can't be created ({error.strerror})") from error
        try:
            write_text(path / "config.yaml", dump(experiment))
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise UserError(f"{path}: the run can't be written ({error.strerror})") from error
        return cls(path, started=_now())

    @classmethod
    def reopen(cls, path: Path, experiment: Experiment) -> tuple["RunFolder", Experiment]:
        """Open the folder of an interrupted run and return it with its own config.

        Raises ``UserError`` if the folder holds no run, or the run was started with another config.
        """
        if not (path / "config.yaml").is_file():
            raise UserError(f"{path}: holds no run to resume; leave out --resume to start one")
        own = load(path / "config.yaml")
        if experiment.train.precision == "auto":
            # "auto" was resolved on the machine where the run was started.
            train = experiment.train.model_copy(update={"precision": own.train.precision})
            experiment = experiment.model_copy(update={"train": train})
        if different := _differences(own.model_dump(mode="json"), experiment.model_dump(mode="json")):
            raise UserError(
                f"{path}: was started with another config ({'; '.join(different)}); "
                "resume with the one it was started with, or start a new run"
            )
        run = Run(path, published=False)
        if (epochs := len(run.history())) and not (path / "checkpoints" / "last.npz").exists():
            other = f"start another run, with train.initial_weights={path} to begin with its weights"
            raise UserError(f"{path}: has {epochs} finished epochs but no checkpoints/last.npz to go on from; {other}")
        for leftover in path.rglob(".*.part*"):  # unfinished files of a killed training
            leftover.unlink()
        status = run.status()
        epoch = max(len(run.history()), status.epoch if status else 0)
        folder = cls(path, epoch, started=status.started.isoformat(timespec="seconds") if status else _now())
        if status and status.state == "finished":
            folder.finished = (path / "status.json").read_bytes()
        return folder, own

    @classmethod
    def aside(cls, path: Path, experiment: Experiment, resumed: Path | None) -> tuple["RunFolder", Experiment]:
        """Make the folder of a process that computes with another, which writes the run; it starts where that does.

        Raises ``UserError`` as ``create`` does, or ``reopen`` with ``resumed``, the folder of the run.
        """
        if resumed is None:
            return cls.create(path, experiment), experiment
        for name in RESUMED_FROM:
            if (resumed / name).is_file():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(resumed / name, path / name)
        if not (path / "config.yaml").is_file():
            raise UserError(f"{resumed}: holds no run to resume; every process has to see the folder of the run")
        return cls.reopen(path, experiment)

    def discard(self) -> None:
        """Remove the folder of a run that could not start."""
        shutil.rmtree(self.path)

    def write_status(self, state: str, message: str) -> None:
        """Write ``status.json``; ``state`` is running, finished, stopped or failed."""
        write_bytes(self.path / "status.json", self._status(state, message))
        self._written = time.monotonic()

    def _status(self, state: str, message: str) -> bytes:
        status = {"state": state, "epoch": self.epoch, "started": self.started, "heartbeat": _now(), "message": message}
        return (json.dumps(status, indent=2) + "\n").encode()

    def write_last_status(self, state: str, message: str) -> None:
        """Write the status of a run that has ended; on a full disk over the old one, which takes no more space."""
        self._write_last(self._status(state, message))

    def restore_finished(self) -> bool:
        """Let a run that had finished be finished as before, if it had; return whether it had."""
        if self.finished:
            self._write_last(self.finished)
        return self.finished is not None

    def _write_last(self, status: bytes) -> None:
        try:
            write_bytes(self.path / "status.json", status)
        except OSError:
            with contextlib.suppress(OSError), (self.path / "status.json").open("r+b", buffering=0) as file:
                file.write(status)
                file.truncate()

    @contextlib.contextmanager
    def beating(self, message: str) -> Iterator[None]:
        """Write a heartbeat every ``HEARTBEAT_SECONDS`` while the block runs, which says nothing itself."""
        self.write_status("running", message)
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT_SECONDS):
                with contextlib.suppress(OSError):
                    self.write_status("running", message)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def beat(self, message: str) -> None:
        """Write a heartbeat if the last one is older than ``HEARTBEAT_SECONDS``."""
        if time.monotonic() - self._written > HEARTBEAT_SECONDS:
            self.write_status("running", message)

    def write_history(self, rows: list[Row]) -> None:
        """Write ``history.csv`` with one row per finished epoch."""
        text = io.StringIO()
        writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: _shorten(row[column]) for column in HISTORY_COLUMNS} for row in rows)
        write_text(self.path / "history.csv", text.getvalue())

    def write_train_images(self, hashes: tuple[str, ...]) -> None:
        """Write the images' hashes to ``train_images.txt``. Raises ``UserError`` if the run was started on others."""
        path = self.path / "train_images.txt"
        text = "".join(f"{digest}\n" for digest in sorted(hashes))
        if path.exists() and path.read_text() != text:
            raise UserError(f"{self.path}: was started on other images; resume with the data it was started on")
        write_text(path, text)


@dataclass
class Progress:
    """The state of training besides the weights; stored in every checkpoint as JSON."""

    history: list[Row]
    best_miou: float = -1.0
    best_epoch: int = 0
    plateau: Plateau = field(default_factory=Plateau)

    @property
    def epoch(self) -> int:
        """The last finished epoch."""
        return len(self.history)

    def start_over(self) -> None:
        """Forget the best epoch, because later scores are not comparable."""
        self.best_miou, self.best_epoch = -1.0, self.epoch
        self.plateau = Plateau(drops=self.plateau.drops)

    def to_json(self) -> str:
        """Return the progress as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        """Read what ``to_json`` wrote."""
        content = json.loads(text)
        return cls(**content | {"plateau": Plateau(**content["plateau"])})


def _shorten(value: float) -> str:
    """Format a number with at most seven significant digits."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e9 else f"{value:.7g}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _differences(one: object, other: object, path: str = "") -> list[str]:
    """List the keys in which two configs differ, as ``train.epochs: 3, not 4``."""
    if isinstance(one, dict) and isinstance(other, dict):
        lines = []
        for key in dict.fromkeys([*one, *other]):
            lines += _differences(one.get(key), other.get(key), f"{path}.{key}".lstrip("."))
        return lines
    return [] if one == other else [f"{path}: {one!r}, not {other!r}"]
