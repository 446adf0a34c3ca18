"""Models that are loaded once for all visitors, and what becomes of those that nobody uses."""

import gc
import shutil
import weakref

import numpy as np
import pytest

from models.inference.compiled_network import CompiledNetwork
from models.runs.run import Run
from pages.shared.content import loaded_models
from pages.shared.content.loaded_models import LET_GO, RESTS, let_go_unused, predictor

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that shows what it is set to."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def run(runs_folder):
    loaded_models._predictor.clear()
    return Run(runs_folder / "tiny_pets", published=False)


@pytest.fixture
def released(monkeypatch):
    """Return a list that gets each network whose memory is released."""
    found = []
    release = CompiledNetwork.release_memory

    def note(network):
        found.append(network)
        release(network)

    monkeypatch.setattr(CompiledNetwork, "release_memory", note)
    return found


def test_a_model_is_loaded_once(run):
    assert predictor(run) is predictor(run)


def test_a_model_that_nobody_asks_for_is_let_go(clock, run):
    loaded = predictor(run)
    let_go_unused(clock[0] + LET_GO - 1)
    assert predictor(run) is loaded
    assert let_go_unused(clock[0] + LET_GO + 1)
    assert predictor(run) is not loaded


@pytest.mark.parametrize("become", ["gone", "others"])
def test_a_model_whose_weights_have_changed_is_let_go(clock, run, tmp_path, become):
    shutil.copytree(run.path, tmp_path / "tiny_pets")
    copy = Run(tmp_path / "tiny_pets", published=False)
    loaded = weakref.ref(predictor(copy))
    if become == "gone":
        shutil.rmtree(copy.path)
    else:
        copy.weights.write_bytes(b"others")
    assert let_go_unused(clock[0] + LET_GO + 1)
    gc.collect()
    assert loaded() is None
    assert not let_go_unused(clock[0] + LET_GO + 2)


def test_what_is_let_go_leaves_memory(clock, run):
    loaded = weakref.ref(predictor(run))
    let_go_unused(clock[0] + LET_GO + 1)
    gc.collect()
    assert loaded() is None


def test_a_model_that_computes_without_being_asked_for_is_kept(clock, run):
    loaded = predictor(run)
    clock[0] += 3 * LET_GO
    loaded.network_call()()
    let_go_unused(clock[0] + LET_GO - 1)
    assert predictor(run) is loaded


def test_a_model_that_rests_gives_back_memory_and_predicts_the_same(clock, run, released):
    loaded = predictor(run)
    before = loaded.predict(PICTURE).labels
    clock[0] += RESTS - 1
    assert not let_go_unused(clock[0])
    assert not released
    clock[0] += 2
    assert let_go_unused(clock[0])
    assert not let_go_unused(clock[0] + 1), "it rests already"
    assert len(released) == 1
    assert (loaded.predict(PICTURE).labels == before).all()


def test_models_beyond_those_that_are_kept_are_not_held_back(run, runs_folder):
    other = weakref.ref(predictor(Run(runs_folder / "tiny_street", published=False)))
    loaded_models._predictor.clear()
    gc.collect()
    assert other() is None
