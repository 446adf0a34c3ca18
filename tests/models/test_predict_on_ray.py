"""Predicting a folder on Ray gives the files of the serial command, also when a worker is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.paths import ROOT
from models.runs.run import Run
from tests.processes import workers_below

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
pytest.importorskip("ray", reason="Ray is not installed: make install-scale")

PICTURES = 60


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pictures, one of which is damaged."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for index in range(PICTURES):
        size = tuple(random.integers(40, 400, 2))
        image = cv2.resize(random.integers(0, 256, (5, 7, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{index:03d}.png"), image)
    (folder / "007.png").write_bytes((folder / "007.png").read_bytes()[:100])
    return folder


def start(run: Run, photos: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "models.predict", "--model", str(run.path), "--input", str(photos)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*command, "--output", str(output), *options], cwd=ROOT, stdout=pipe, stderr=pipe, text=True
    )


@pytest.fixture(scope="module")
def serial(tiny: Run, photos: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the label maps of the serial command, and what it says on stderr."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGDECK_CACHE", str(cache))
        output = tmp_path_factory.mktemp("serial") / "out"
        program = start(tiny, photos, output)
        _, err = program.communicate()
    assert program.returncode == 1, err
    assert "007.png" in err
    return output, err


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_killed_worker_loses_no_picture(tiny, photos, serial, tmp_path):
    output = tmp_path / "out"
    program = start(tiny, photos, output, "--ray", "--ray-workers", "2")
    while program.poll() is None and not list(output.glob("*.png")):
        time.sleep(0.01)
    killed = workers_below(program.pid)[0]
    os.kill(killed, signal.SIGKILL)
    there = len(list(output.glob("*.png")))
    out, err = program.communicate()
    assert (program.returncode, err) == (1, serial[1])
    assert 0 < there < PICTURES - 1, "the worker was killed in the middle"
    assert contents(output) == contents(serial[0])
    assert len(contents(output)) == PICTURES - 1
    assert str(PICTURES - 1) in out
    assert workers_below(program.pid) == []


def test_a_cluster_that_is_not_there(tiny, photos, tmp_path):
    program = start(tiny, photos, tmp_path / "out", "--ray", "127.0.0.1:9")
    _, err = program.communicate()
    assert program.returncode == 2
    assert err.count("\n") == 1, err
    assert "127.0.0.1:9" in err
