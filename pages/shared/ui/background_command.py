"""Run a command line of the project in the background: it outlives reruns, changes of the page and visits.

One runs at a time for the whole server. The page shows its progress, which the command reports as ``data.progress``
describes, and a button to stop it.
"""

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from configs import paths
from data import progress
from pages.shared.ui.layout import escape_markdown

PATIENCE_SECONDS = 5
"""Time to clean up that a command has after it was asked to stop."""
_KNOWN = "background_command_known"
"""The session's key of the command that had ended when the page was begun."""
logger = logging.getLogger("segdeck.dashboard")


@dataclass(frozen=True)
class Progress:
    """What a command is doing, and how far it is; ``rate`` is what it does in a second."""

    doing: str = ""
    done: int = 0
    total: int | None = None
    rate: float | None = None

    @classmethod
    def parse(cls, line: str) -> "Progress | None":
        """Parse a line of a command's stderr; None if it is something else."""
        try:
            content = json.loads(line)
            return cls(str(content["progress"]), int(content["done"]), content["total"], content["rate"])
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1; 0 if it is unknown."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time until it is done; None if it is unknown."""
        return (self.total - self.done) / self.rate if self.total and self.rate else None


class Command:
    """A command that runs, or has run.

    Attributes:
        title: What it does, such as "Evaluating pets_unet".
        started: When, by ``time.monotonic``.
        progress: What it reported last.
        problem: Why it failed, in one sentence; empty if it did not, or was stopped.
        stopped: Whether a visitor stopped it.
        done: Whether it has ended.
    """

    def __init__(self, title: str, arguments: Sequence[str]) -> None:
        """Start Python with these arguments in the project's folder."""
        self.title, self.started, self.progress = title, time.monotonic(), Progress()
        self.problem, self.stopped, self.done = "", False, False
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=paths.ROOT,
            env=os.environ | {progress.VARIABLE: "json"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        atexit.register(self._process.kill)  # it must not go on without the server
        threading.Thread(target=self._follow, name="background command", daemon=True).start()

    def stop(self) -> None:
        """Ask the command to end, and make it if it does not."""
        self.stopped = True
        self._process.send_signal(signal.SIGINT)
        timer = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()

    def end(self) -> None:
        """Kill the command, and wait until it is gone."""
        self.stopped = True
        self._process.kill()
        self._process.wait()

    def _follow(self) -> None:
        """Read what the command reports until it ends."""
        last: deque[str] = deque(maxlen=30)
        assert self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                if reported := Progress.parse(line):
                    self.progress = reported
                elif line.strip():
                    last.append(line.rstrip())
        code = self._process.wait()
        atexit.unregister(self._process.kill)
        if code and not self.stopped:
            self.problem = self._reason(code, last)
        self.done = True

    def _reason(self, code: int, last: Sequence[str]) -> str:
        if last and last[-1].startswith("error: "):  # the one sentence of ``configs.command_line``
            return last[-1].removeprefix("error: ")
        logger.error("%s failed with exit code %d:\n%s", self.title, code, "\n".join(last))
        return "It failed because of an error in SegDeck. The server's log has the details."


class Slot:
    """The place for one command at a time."""

    def __init__(self) -> None:
        self.command: Command | None = None
        self._lock = threading.Lock()

    def start(self, title: str, arguments: Sequence[str]) -> Command | None:
        """Start a command, or return None if one is running."""
        with self._lock:
            if self.command is not None and not self.command.done:
                return None
            self.command = Command(title, arguments)
            return self.command


@st.cache_resource
def slot() -> Slot:
    """Return the place that all visitors of the server share."""
    return Slot()


def note_ended() -> None:
    """Note, where a run of a page's script begins, whether the command has ended: what is drawn next knows of it."""
    command = slot().command
    st.session_state[_KNOWN] = command if command is not None and command.done else None


def rerun_if_ended() -> None:
    """Draw the page again if a command has ended since ``note_ended``: what was drawn since may not know of it."""
    command = slot().command
    if command is not None and command.done and st.session_state.get(_KNOWN) is not command:
        st.rerun()


@st.fragment(run_every=1.0)
def draw_progress(command: Command, key: str = "stop_command") -> None:
    """Draw what a running command does, how long it will take, and the button that stops it; rerun when it ends.

    ``key`` identifies the button, where one page draws it twice.
    """
    if command.done:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(command.progress.share, escape_markdown(status(command, time.monotonic())))
        if not command.stopped:
            st.button("Stop", key=key, icon=":material/stop_circle:", on_click=command.stop)


def status(command: Command, now: float) -> str:
    """Return what a command is doing and how long it will take, at the time ``now``."""
    if command.stopped:
        return f"{command.title}: stopping"
    reported = command.progress
    if not reported.doing:
        return f"{command.title}: starting, {duration(now - command.started)}"
    total = "" if reported.total is None else f" of {reported.total:,}"
    left = reported.seconds_left
    time_left = "" if left is None else f", {duration(left)} left"
    return f"{command.title}: {reported.doing}, {reported.done:,}{total}{time_left}"


def duration(seconds: float) -> str:
    """Return a time in seconds, or in minutes if it is long.

    >>> duration(4.2), duration(89), duration(150)
    ('4 s', '89 s', '2 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
