"""Set up a small network on disk, untrained but with every weight away from its initial value."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from configs import schema
from configs.paths import ROOT
from models.runs.run import Run

TINY = ["name=tiny", "data.image_size=[32, 48]", "model.filters=[8, 16]"]


def make_run(folder: Path, experiment: schema.Experiment, seed: int = 1) -> Run:
    """Write a run with random weights to ``folder``: its config and what training leaves of the network."""
    from models import architectures
    from models.runs import weights

    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(schema.dump(experiment))
    run = Run(folder, published=False)
    weights.save(random_network(architectures.build(experiment, len(run.label_space)), seed), run.weights)
    return run


def random_network(model, seed: int):
    """Draw random weights, also those that start at 0 or 1: a dropped bias of zero would go unnoticed."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if len(weight.shape) == 1:
            start = 1 if {"gamma", "moving_variance"} & set(weight.path.split("/")) else 0
            weight.assign(np.abs(start + rng.normal(0, 0.2, weight.shape)))
        else:
            weight.assign(rng.normal(0, 1.5 / np.sqrt(np.prod(weight.shape[:3])), weight.shape))
    return model


@pytest.fixture(name="make_run", scope="session")
def make_run_fixture() -> Callable[..., Run]:
    """Return ``make_run`` for tests that need a run of their own."""
    return make_run


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """Return a cache that all these tests share, those of other workers included: an export takes many seconds."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models-cache"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch) -> None:
    """Keep untrained networks out of the user's cache."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Run:
    """Return a run of a tiny U-Net for pets."""
    experiment = schema.load(ROOT / "configs" / "pets_unet.yaml", TINY)
    return make_run(tmp_path_factory.mktemp("runs") / "tiny", experiment)


@pytest.fixture(scope="session")
def tiny_void(tmp_path_factory) -> Run:
    """Return a run of a tiny U-Net for CamVid, which has a void class."""
    overrides = [*TINY, "data.resize=letterbox"]
    return make_run(
        tmp_path_factory.mktemp("runs") / "tiny_void", schema.load(ROOT / "configs" / "camvid_unet.yaml", overrides)
    )
