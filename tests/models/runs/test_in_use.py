"""Holding the folder of a model against other processes."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from configs.errors import UserError
from configs.files import write_text
from configs.paths import ROOT
from models.added import adding
from models.runs import in_use
from tests.facts import facts
from tests.models.added.described import added

HOLDER = """
import sys
import time
from pathlib import Path
from models.runs import in_use

with in_use.held(Path(sys.argv[1]), shared=sys.argv[2] == "shared"):
    print("held", flush=True)
    sys.stdin.read()
"""

Holder = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def other() -> Iterator[Holder]:
    """Return a function that lets another process hold a folder; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, kind: str = "alone") -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", HOLDER, str(folder), kind]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        out = started[-1].stdout
        assert out is not None
        assert out.readline() == "held\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run whose status says that it is being trained."""
    (tmp_path / "run").mkdir()
    write_status(tmp_path / "run", timedelta())
    return tmp_path / "run"


def write_status(run: Path, silent_for: timedelta) -> None:
    heartbeat = (datetime.now(UTC) - silent_for).isoformat()
    status = {"state": "running", "epoch": 3, "started": heartbeat, "heartbeat": heartbeat, "message": "epoch 3 of 6"}
    (run / "status.json").write_text(json.dumps(status))


@pytest.mark.parametrize("shared", [False, True])
def test_a_run_that_another_process_trains_is_refused_and_how_far_it_is(run: Path, other: Holder, shared: bool) -> None:
    other(run)
    with pytest.raises(UserError, match=facts(str(run), "trained", "epoch 3 of 6")), in_use.held(run, shared=shared):
        pass


def test_a_killed_process_holds_nothing(run: Path, other: Holder) -> None:
    process = other(run)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    with in_use.held(run):
        pass


def test_evaluations_share_a_run_and_keep_it_from_changes(run: Path, other: Holder) -> None:
    other(run, "shared")
    with in_use.held(run, shared=True):
        pass
    with pytest.raises(UserError, match=facts(str(run), "evaluated")), in_use.held(run):
        pass


def test_a_model_that_another_process_uses_is_neither_removed_nor_renamed(
    tmp_path: Path, other: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path))
    folder = added(tmp_path / "mine").path
    process = other(folder, "shared")
    for change in (lambda: adding.remove("mine"), lambda: adding.rename("mine", "yours")):
        with pytest.raises(UserError, match=facts(str(folder), "evaluated")):
            change()
    assert [path.name for path in tmp_path.iterdir() if path.name[0] != "."] == ["mine"]
    process.communicate()
    assert adding.rename("mine", "yours").path.is_dir()
    adding.remove("yours")
    assert not (tmp_path / "yours").exists()


@pytest.mark.parametrize(("minutes", "refused"), [(0, True), (10, False)])
def test_without_locks_the_heartbeat_decides(
    run: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, refused: bool
) -> None:
    def no_locks(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    write_status(run, timedelta(minutes=minutes))
    if refused:
        with pytest.raises(UserError, match=facts(str(run), "trained")), in_use.held(run):
            pass
    else:
        with in_use.held(run):
            pass


def test_what_does_not_exist_is_held_by_nobody(tmp_path: Path) -> None:
    with in_use.held(tmp_path / "none"):
        pass


def test_scores_are_added_by_one_at_a_time(run: Path) -> None:
    """Each thread reads the file and writes it with one more line, as evaluations do with splits."""
    file = run / "evaluation.json"
    file.write_text("")

    def add(line: int) -> None:
        with in_use.merging(file):
            known = file.read_text()
            time.sleep(0.001)
            write_text(file, f"{known}{line}\n")

    with in_use.held(run, shared=True), ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert sorted(map(int, file.read_text().split())) == list(range(40))
