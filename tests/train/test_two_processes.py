"""A second process that wants the run which the first one trains."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from configs.files import sha256
from configs.paths import ROOT
from configs.schema import Experiment
from models.runs.run import Run
from tests.facts import mentions
from tests.train.outcomes import INTERRUPTED, SHORT, history

if TYPE_CHECKING:
    from tests.train.conftest import Training

pytestmark = pytest.mark.timeout(600)


def test_a_run_in_training_is_left_alone_by_others(
    training: "Training", tiny: Callable[..., Experiment], tmp_path: Path
) -> None:
    """The first process sleeps after each epoch, until it is woken."""
    path, experiment = tmp_path / "run", tiny(*SHORT)
    sleepy = ["-c", INTERRUPTED, "history.csv", "written", 2, int(signal.SIGSTOP)]
    with training.start(experiment, path, program=sleepy) as first:
        try:
            stopped = os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            assert stopped is not None
            assert stopped.si_status == signal.SIGSTOP
            before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
            seconds = [
                training.run(experiment, path, "--resume"),
                command(training, "train.evaluate", path, "--data-dir", training.data_dir),
                command(training, "train.publish", path),
            ]
            assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before
            wake_until_it_ends(first)
        finally:
            first.kill()
    assert [second.returncode for second in seconds] == [2, 2, 2]
    for second in seconds:
        assert (second.stdout, second.stderr.count("\n")) == ("", 1)
        assert mentions(second.stderr, str(path), "trained", "getting ready")
    assert first.returncode == 0
    assert list(history(path)["epoch"]) == [1, 2]
    scores = Run(path, published=False).scores("val")
    assert scores is not None
    assert scores.weights == sha256(path / "model.weights.h5")
    assert command(training, "train.evaluate", path, "--data-dir", training.data_dir).returncode == 0
    again = Run(path, published=False).scores("val")
    assert again is not None
    assert again.miou == scores.miou


def command(training: "Training", module: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(call, cwd=ROOT, env=training.environment, capture_output=True, text=True, check=False)


def wake_until_it_ends(process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        process.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
