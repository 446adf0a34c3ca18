"""A published run, and a benchmark of it."""

import json
import shutil
from pathlib import Path

import pytest

from configs import paths
from models.runs import registry
from models.runs.run import Run
from train.publishing import publish


@pytest.fixture(name="published")
def published_run(finished: Run, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a published run."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    publish.publish(Run(shutil.copytree(finished.path, tmp_path / "runs" / "first"), published=False), "first")
    return registry.find_run("first")


def measure_speed(zoo: Path, milliseconds: float) -> None:
    models = {"first": {"milliseconds": {"OpenVINO float32": {"median": milliseconds}}}}
    (zoo / "benchmark.json").write_text(json.dumps({"machine": {"cpu": "A CPU", "cores": 2}, "models": models}))
