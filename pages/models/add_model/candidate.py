"""A model that a visitor may add: its files in a temporary folder, and what was found out about them."""

import contextlib
import shutil
import threading
import unicodedata
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from configs import paths
from configs.errors import UserError
from models.added import adding
from models.added.adding import Staged
from models.added.refusals import LIMIT
from models.added.temporary_folders import PREFIX, temporary_folder
from pages.models.add_model.trial import Trial
from pages.shared.content.images import Picture

_MAIN = (".onnx", ".xml", ".tflite", ".lite", ".keras", ".h5", ".hdf5", ".zip")
"""Endings of the files that are models themselves; all others belong to one."""


class UploadedFile(Protocol):
    """The part of Streamlit's uploaded file that is used here."""

    name: str

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def getbuffer(self) -> memoryview:
        """Return the file's bytes without copying them."""


class Candidate:
    """A model in a temporary folder, which is deleted when it is closed or nobody refers to it any more.

    Attributes:
        source: The model's file or folder.
        key: Tells it from other candidates.
        outcome: What was found out, why it is refused, or None if nobody has looked yet.
        trial: Runs it on pictures, once it has been looked at.
        agreement: The share of the check picture's pixels that get the same class on ONNX Runtime, or why that is not
            known; None if it has not been asked.
    """

    def __init__(self) -> None:
        folder = contextlib.ExitStack()
        self.folder = folder.enter_context(temporary_folder())
        self._stop = threading.Event()
        folder.callback(self._stop.set)  # ends the process that looks at the model
        self.close = weakref.finalize(self, folder.close)  # Streamlit forgets the session of a visitor who has left
        self.key = self.folder.name.removeprefix(PREFIX)
        self.source = self.folder
        self.outcome: Staged | UserError | None = None
        self.trial: Trial | None = None
        self.agreement: float | str | None = None

    @classmethod
    def uploaded(cls, files: Sequence[UploadedFile]) -> "Candidate":
        """Write uploaded files into a new temporary folder.

        Raises ``UserError`` if they are too large, not files of one model, or can't be written.
        """
        names = [safe_name(file.name) for file in files]
        main = main_file(names)
        if sum(file.size for file in files) > LIMIT:
            raise UserError(
                f"{main} has more than {LIMIT / 2**30:.0f} GiB with its files, the most that a model may have"
            )
        candidate = cls()
        received = candidate.folder / "received"
        try:
            received.mkdir()
            for name, file in zip(names, files, strict=True):
                (received / name).write_bytes(file.getbuffer())
        except OSError as error:
            candidate.close()
            raise UserError(f"{main}: cannot be written to {paths.runs_dir()} ({error.strerror})") from error
        candidate.source = received / main
        return candidate

    @classmethod
    def at(cls, path: Path) -> "Candidate":
        """Take a model that lies on the server, with the files beside it. Raises ``UserError`` if nothing is there."""
        if not path.exists():
            raise UserError(f"there is no file {path} on the computer that serves this page")
        candidate = cls()
        candidate.source = path.absolute()
        return candidate

    def look(self) -> Staged | UserError:
        """Look at the model in a child process, once; return what was found, or why it is refused."""
        if self.outcome is None:
            target = self.folder / "model"
            try:
                target.mkdir()
                self.outcome = adding.stage(self.source, target, stop=self._stop)
                self.trial = Trial(self.outcome)
            except UserError as error:
                self.outcome = error
            except OSError as error:
                self.outcome = UserError(f"{self.source.name}: cannot be read ({error.strerror})")
            shutil.rmtree(self.folder / "received", ignore_errors=True)
        return self.outcome


@dataclass
class Addition:
    """What one visitor is adding, kept when they change pages.

    Attributes:
        candidate: The model that is being described, if any.
        problem: Why the last files or path were not taken, in a sentence, or empty.
        added: Name of the model that was added last, until the next is begun.
        round: Number of uploads so far; part of the uploader's key, so that the next one starts empty.
        picture: The visitor's own check picture, if any.
        picture_problem: Why the last picture was not taken, in a sentence, or empty.
    """

    candidate: Candidate | None = None
    problem: str = ""
    added: str = ""
    round: int = 0
    picture: Picture | None = None
    picture_problem: str = ""

    def begin(self, files: Sequence[UploadedFile] = (), path: str = "") -> None:
        """Take uploaded files, or a path on the server; another candidate is dropped."""
        self.drop()
        self.round += 1
        self.added = ""
        try:
            self.candidate = Candidate.uploaded(files) if files else Candidate.at(Path(path.strip()))
        except UserError as error:
            self.problem = str(error)

    def drop(self, problem: str = "") -> None:
        """Delete the candidate's files; ``problem`` says why, if it was not the visitor's wish."""
        if self.candidate is not None:
            self.candidate.close()
        self.candidate, self.problem = None, problem

    def finish(self, name: str) -> None:
        """Remember that the candidate has become a model called ``name``."""
        self.drop()
        self.added = name


def safe_name(name: str) -> str:
    r"""Return the last part of an uploaded file's name. Raises ``UserError`` if that is no name for a file.

    >>> safe_name("../../etc/unet.onnx.data"), safe_name("C:\\models\\unet.onnx")
    ('unet.onnx.data', 'unet.onnx')
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    control = any(unicodedata.category(character) in {"Cc", "Cs"} for character in base)
    if not base or base.startswith(".") or control or len(base.encode("utf-8", "replace")) > 200:
        raise UserError(
            f"a file is called {name[:80]!r}; a name has 1 to 200 bytes, no control characters, no dot first"
        )
    return base


def main_file(names: Sequence[str]) -> str:
    """Return which of the files of an upload is the model. Raises ``UserError`` if they are not those of one model.

    >>> main_file(["config.json", "unet.onnx.data", "unet.onnx"])
    'unet.onnx'
    """
    if twice := next((name for index, name in enumerate(names) if name in names[:index]), None):
        raise UserError(f"two files are called {twice}; add them one at a time")
    found = [name for name in names if Path(name).suffix.lower() in _MAIN]
    if len(found) > 1:
        raise UserError(f"{' and '.join(found[:5])} are {len(found)} models; add one at a time")
    return found[0] if found else names[0]  # a file that is no model is refused with the way out when it is looked at
