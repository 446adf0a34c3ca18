"""A visitor's clip and what comes of it: on the disk, in a folder that is gone with the visit."""

import contextlib
import itertools
import re
import shutil
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import streamlit as st

from configs import limits, paths
from configs.errors import UserError
from data import decode, video
from data.video_files import SUFFIXES
from models.runs.model import Model
from models.video.results import SUMMARY
from models.video.temporary_folders import temporary_folder
from pages.shared.ui import cli_commands, held_uploads
from pages.shared.ui.background_command import Command, Slot
from pages.video.whole_file.outcome import Outcome


class UploadedFile(Protocol):
    """The part of Streamlit's uploaded file that is used here."""

    name: str

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def getbuffer(self) -> memoryview:
        """Return the file's bytes without copying them."""


class KeptClip:
    """A clip in a temporary folder; when it is closed or nobody refers to it any more, its command is ended first.

    Attributes:
        name: The name it was uploaded under.
        path: Where it lies.
        size: Length in bytes.
        about: What it has, as far as is known before its frames are decoded.
        results: The folder of the results; further models have one of their own.
        runs: The models that the command was started with.
        command: What predicts it, or did; None if it has not been started.
    """

    def __init__(self, file: UploadedFile) -> None:
        """Write an uploaded file to the disk.

        Raises ``UserError`` if it exceeds a limit of clips, is none that can be read, or can't be written.
        """
        most = limits.clips().bytes
        if file.size > most:
            raise UserError(f"{file.name} has {file.size / 1e6:.0f} MB; a clip may have at most {most / 1e6:.0f}")
        self._ending = contextlib.ExitStack()
        self.close = weakref.finalize(self, self._ending.close)  # Streamlit forgets the session of one who has left
        self.folder = self._ending.enter_context(temporary_folder())
        self.name, self.size, self.path = file.name, file.size, self.folder / stored_name(file.name)
        self.runs: tuple[Model, ...] = ()
        self.results = self.folder / "results"
        self.command: Command | None = None
        self._starting, self._numbers = threading.Lock(), itertools.count(2)
        self._outcome: Outcome | None = None
        try:
            self.path.write_bytes(file.getbuffer())
        except OSError as error:
            self.close()
            raise UserError(f"{file.name}: cannot be written to {paths.cache_dir()} ({error.strerror})") from error
        try:
            self.about = video.inspect(self.path, limits.clips())
        except UserError as error:
            told = self._named(str(error))
            if decode.starts_like_picture(self.path):
                told = f"{file.name}: is a picture; choose a clip"
            self.close()
            raise UserError(told) from None
        held_uploads.hold(self, self.folder.name, self.size)

    @property
    def running(self) -> bool:
        """Whether it is being predicted."""
        return self.command is not None and not self.command.done

    @property
    def finished(self) -> bool:
        """Whether the results are complete."""
        return not self.running and (self.results / SUMMARY).exists()

    @property
    def resumable(self) -> bool:
        """Whether a part is done and the rest is not."""
        return not self.running and not self.finished and (self.results / ".unfinished").exists()

    @property
    def problem(self) -> str:
        """Why there are no results although the command has ended, in one sentence; empty if there is no reason."""
        if self.command is None or self.running or self.finished or self.command.stopped:
            return ""
        return self._named(self.command.problem)

    @property
    def facts(self) -> str:
        """The size of its frames and how long it is, in words."""
        height, width = self.about.size
        return f"{width} × {height} pixels, {_duration(self.about.seconds)}"

    def _named(self, told: str) -> str:
        """Return a message with the name of the uploaded file in place of the server's paths."""
        return told.replace(str(self.path), self.name).replace(f"{self.folder}/", "")

    def is_of(self, runs: Sequence[Model]) -> bool:
        """Return whether these are the models that the command was started with."""
        return [run.identity for run in runs] == [run.identity for run in self.runs]

    def start(self, runs: Sequence[Model]) -> None:
        """Start predicting it, unless another clip of the server is; with the same models, go on after what is done.

        Earlier results are deleted only once the command runs: another visitor may have been faster. A second click
        changes nothing.
        """
        with self._starting:
            same, earlier = self.is_of(runs), self.results
            if self.running or (same and self.finished):
                return
            target = earlier if same and self.resumable else self.folder / f"results_{next(self._numbers)}"
            command = slot().start(self.name, cli_commands.clip_arguments(runs, self.path, target))
            if command is None:
                return
            self._ending.callback(command.end)
            self._outcome, self.command, self.runs, self.results = None, command, tuple(runs), target
            if target != earlier:
                shutil.rmtree(earlier, ignore_errors=True)

    def outcome(self) -> Outcome:
        """Return the results, which are read once. Raises ``UserError`` if they can't be read."""
        if self._outcome is None:
            self._outcome = Outcome.read(self.results, Path(self.name).stem)
        return self._outcome


@dataclass
class Desk:
    """What one visitor is about to do, kept when they change pages.

    Attributes:
        clip: The clip that was taken last, if any.
        problem: Why the last file was not taken, in one sentence, or empty.
        round: Number of uploads so far; part of the uploader's key, so that the next one starts empty.
    """

    clip: KeptClip | None = None
    problem: str = ""
    round: int = 0

    def take(self, files: Sequence[UploadedFile]) -> None:
        """Take an uploaded clip instead of the one before."""
        if files:
            self.drop()
            self.round += 1
            try:
                self.clip = KeptClip(files[0])
            except UserError as error:
                self.problem = str(error)

    def drop(self) -> None:
        """Delete the clip with its results."""
        if self.clip is not None:
            self.clip.close()
        self.clip, self.problem = None, ""


@st.cache_resource
def slot() -> Slot:
    """Return the place for the one clip that the server predicts at a time."""
    return Slot()


def stored_name(name: str) -> str:
    """Return a harmless name for an uploaded file, which keeps the suffix of a clip.

    >>> stored_name("../my drive.MOV"), stored_name("clip"), stored_name("$$.exe")
    ('my_drive.mov', 'clip.mp4', 'clip.mp4')
    """
    base = Path(name.replace("\\", "/")).name
    stem, suffix = Path(base).stem, Path(base).suffix.lower()
    stem = re.sub(r"[^A-Za-z0-9-]+", "_", stem).strip("_-")[:80]
    return f"{stem or 'clip'}{suffix if suffix in SUFFIXES else '.mp4'}"


def _duration(seconds: float) -> str:
    """Return how long a clip is as text.

    >>> _duration(0.04), _duration(59.9), _duration(125.2), _duration(3600)
    ('0.0 s', '59.9 s', '2 min 5 s', '60 min 0 s')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
