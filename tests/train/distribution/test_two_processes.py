"""A training on two processes that meet on this computer, on JAX's CPU backend, against the same training on one."""

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from configs.schema import Experiment
from models.runs.run import Run
from tests.train.outcomes import TIMES, history

if TYPE_CHECKING:
    from tests.train.conftest import Training

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
pytest.importorskip("jax", reason="JAX is not installed: make install-scale")

OVERRIDES = ["train.epochs=3", "train.small_start=null", "train.precision=float32", "data.image_size=[16, 16]"]
KEPT = """
import runpy, sys
import numpy as np
from configs.command_line import quiet_libraries

file = sys.argv.pop(1)
with quiet_libraries():
    from train import trainer
run = trainer.Trainer.run

def kept(self):
    run(self)
    np.savez(file, *(np.asarray(variable) for variable in [*self.model.variables, *self.model.optimizer.variables]))

trainer.Trainer.run = kept
runpy.run_module("train", run_name="__main__", alter_sys=True)
"""
"""Trains, and keeps the variables of this very process."""


@dataclass
class Two:
    """Two processes of one training."""

    processes: list[subprocess.Popen[str]]

    def end(self) -> list[tuple[int, str, str]]:
        """Return the exit code, stdout and stderr of each."""
        said = [process.communicate(timeout=900) for process in self.processes]
        return [(process.returncode, *texts) for process, texts in zip(self.processes, said, strict=True)]


@pytest.fixture
def started(training: "Training", monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Two]]:
    """Return a function that starts both processes, with options for each and for both."""
    monkeypatch.setitem(training.environment, "KERAS_BACKEND", "jax")
    running: list[subprocess.Popen[str]] = []

    def start(experiment: Experiment, path: Path, *options: object, programs: list[list[object]] | None = None) -> Two:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        both = ["--distribute", address, "--processes", 2, *options]
        programs = programs or [["-m", "train"]] * 2
        two = Two(
            [
                training.start(experiment, path, *both, "--process-id", index, program=program)
                for index, program in enumerate(programs)
            ]
        )
        running.extend(two.processes)
        return two

    yield start
    for process in running:
        process.kill()
        process.communicate()


def status(path: Path) -> str:
    return str(json.loads((path / "status.json").read_text())["state"])


def test_two_processes_train_as_one_does(training, started, tiny, tmp_path):
    experiment = tiny(*OVERRIDES)
    files = [tmp_path / "0.npz", tmp_path / "1.npz"]
    (tmp_path / "two").mkdir()
    two = started(experiment, tmp_path / "two" / "run", programs=[["-c", KEPT, file] for file in files]).end()
    assert [code for code, _, _ in two] == [0, 0], two
    one = training.run(experiment, tmp_path / "run", KERAS_BACKEND="jax")
    assert one.returncode == 0, one.stderr

    alone, together = (history(path).drop(columns=TIMES) for path in (tmp_path / "run", tmp_path / "two" / "run"))
    assert len(alone) == 3
    pd.testing.assert_frame_equal(alone, together, rtol=2e-5)
    with np.load(files[0]) as first, np.load(files[1]) as second:
        assert len(first.files) == len(second.files) > 20
        for name in first.files:
            np.testing.assert_array_equal(first[name], second[name])
    assert status(tmp_path / "two" / "run") == "finished"
    scores = [
        Run(path, published=False).evaluation().splits["val"] for path in (tmp_path / "run", tmp_path / "two" / "run")
    ]
    assert scores[0].miou == pytest.approx(scores[1].miou, rel=1e-3)
    names = [
        {file.relative_to(path).as_posix() for file in path.rglob("*") if "logs" not in file.parts}
        for path in (tmp_path / "run", tmp_path / "two" / "run")
    ]
    assert names[0] == names[1]
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["run"], "only process 0 writes a run"


def test_a_lost_process_ends_the_training_and_both_resume_it(training, started, tiny, tmp_path):
    """Process 1 is killed once an epoch is complete, as process 0 begins the next."""
    experiment, path = tiny(*OVERRIDES, "train.epochs=40"), tmp_path / "run"
    two = started(experiment, path)
    history_file = path / "history.csv"
    while not (history_file.exists() and len(history_file.read_text().splitlines()) > 1):
        assert two.processes[0].poll() is None, two.end()
    two.processes[1].send_signal(signal.SIGKILL)
    (code, _, err), (killed, _, _) = two.end()
    assert killed == -signal.SIGKILL
    assert code == 2
    assert "--resume" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert status(path) == "failed"

    done = len(history(path))
    again = started(experiment, path, "--resume")
    while len(history(path)) == done:
        assert again.processes[0].poll() is None, again.end()
    again.processes[1].send_signal(signal.SIGTERM)  # one is asked to stop, and both do
    ended = again.end()
    assert [code for code, _, _ in ended] == [130, 130], ended
    assert status(path) == "stopped"
    assert len(history(path)) > done


def test_another_config_is_refused_by_both(training, started, tiny, tmp_path):
    path = tmp_path / "run"
    two = started(tiny(*OVERRIDES), path, programs=[["-m", "train"], ["-c", OTHER_SEED]]).end()
    assert [code for code, _, _ in two] == [2, 2], two
    for _, _, err in two:
        assert "process 1" in err.splitlines()[-1]
    assert not path.exists()


OTHER_SEED = """
import runpy, sys
sys.argv += ["--set", "train.seed=7"]
runpy.run_module("train", run_name="__main__", alter_sys=True)
"""
