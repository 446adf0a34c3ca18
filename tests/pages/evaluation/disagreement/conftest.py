"""Two models of pets with saved predictions on the same tiny images."""

import shutil
from pathlib import Path

import pytest

from data import store
from models.runs.run import Run
from pages.shared.content import scores
from pages.shared.content.scores import Scores
from tests.data.conftest import make_pets
from tests.pages.conftest import CHANGES, make_run
from train.evaluation.scoring import evaluate_run

NAMES = ("first", "second")


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory) -> Path:
    """Return a folder with two untrained runs that answer differently."""
    folder: Path = tmp_path_factory.mktemp("two_runs")
    for seed, name in enumerate(NAMES, start=3):
        run = make_run(folder / name, "pets_unet.yaml", CHANGES, seed)
        (run.path / "train_images.txt").write_text("")
    return folder


@pytest.fixture
def pets_here(no_models, two_runs, tmp_path, monkeypatch, own_cache) -> Path:
    """Use two models and a tiny prepared dataset; return its folder."""
    data = tmp_path / "data"
    make_pets(data / "oxford_iiit_pet")
    monkeypatch.setenv("SEGDECK_DATA", str(data))
    store.open_all("oxford_iiit_pet", data)
    for name in NAMES:
        shutil.copytree(two_runs / name, no_models / name)
    return data


def score(folder: Path, data: Path) -> list[Scores]:
    """Score both models without saving what they predict, and return the scores."""
    for name in NAMES:
        evaluate_run(Run(folder / name, published=False), data, "val")
    found, problems = scores.read({name: Run(folder / name, published=False) for name in NAMES})
    assert problems == []
    return found
