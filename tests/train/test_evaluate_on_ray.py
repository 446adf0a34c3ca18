"""Scoring on Ray gives the scores of the serial command."""

import subprocess
import sys
from pathlib import Path

import pytest

from configs.paths import ROOT
from models.runs.run import Run
from tests.train.scored_run import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
pytest.importorskip("ray", reason="Ray is not installed: make install-scale")


def test_the_counts_of_all_workers_add_up_to_those_of_one_process(trained: Run, data_dir: Path, tmp_path: Path) -> None:
    found = []
    for name, options in {"serial": [], "ray": ["--ray", "--ray-workers", "2"]}.items():
        output = tmp_path / f"{name}.json"
        command = ["-m", "train.evaluate", trained.path, "--data-dir", data_dir, "--output", output, *options]
        done = subprocess.run(
            [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        scores = read(output)["val"]
        del scores["date"]
        found.append(scores)
    serial, shared = found
    assert serial["confusion"] == shared["confusion"]
    assert serial == shared
    assert len(shared["per_image"]) == 5
