"""Fitting what tells pictures unlike a run's training pictures."""

import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from configs.errors import UserError
from configs.files import sha256
from data import datasets, store
from models.runs import familiarity
from tests.data.conftest import make_grocery, make_pets
from tests.facts import mentions
from tests.models import familiar
from train import familiarity as command
from train.evaluation import familiarity as fitting


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Let two pictures be enough for a figure: each dataset here has three and two."""
    monkeypatch.setattr(fitting, "FEWEST", 2)


@pytest.fixture
def others(data_dir, cache, monkeypatch):
    """Return the data folder, with two more datasets in it."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    if not (data_dir / "grocery").exists():
        make_pets(data_dir / "oxford_iiit_pet")
        make_grocery(data_dir / "grocery")
    return data_dir


def call(monkeypatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["familiarity", *map(str, arguments)])
    return command.main()


def test_the_distance_is_scikit_learns_decision_function():
    random = np.random.default_rng(0)
    own, other = random.normal(0, 2, (60, 8)), random.normal(1, 2, (40, 8))
    found = fitting.fitted(own.astype(np.float32), [other[:25].astype(np.float32), other[25:].astype(np.float32)])
    assert found is not None
    scaler = StandardScaler().fit(own)
    model = LogisticRegression(C=fitting.STRENGTH, class_weight="balanced", max_iter=3000)
    model.fit(scaler.transform(np.concatenate([own, other])), np.repeat([0, 1], [60, 40]))
    pictures = random.normal(0, 3, (20, 8))
    expected = model.decision_function(scaler.transform(pictures))
    np.testing.assert_allclose(found.distances(pictures.astype(np.float32)), expected, rtol=1e-3, atol=1e-3)


def test_the_auroc_is_the_share_of_pairs_in_order():
    random = np.random.default_rng(1)
    near, far = random.integers(0, 8, 30).astype(float), random.integers(3, 12, 25).astype(float)
    pairs = [1.0 if b > a else 0.5 if b == a else 0.0 for a in near for b in far]
    assert fitting.auroc(near, far) == pytest.approx(np.mean(pairs))
    assert fitting.auroc(near, far[:1]) is None


@pytest.mark.parametrize("count", [20, 99, 100, 101])
def test_no_more_than_the_named_share_is_beyond_the_threshold(count):
    distances = np.random.default_rng(2).normal(size=count)
    beyond = (distances > fitting.threshold_of(distances)).mean()
    assert 0.05 - 1 / count <= beyond <= 0.05


def test_pictures_that_show_an_object_of_the_runs_classes_are_left_out(run, others):
    found = {one.dataset.name: one for one in fitting.other_pictures(run, others, 600)}
    assert set(found) == {"grocery", "oxford_iiit_pet"}, "no street scene shows a pet or a grocery"
    assert [len(found["grocery"].fitted), len(found["grocery"].judged), len(found["grocery"].showing)] == [3, 2, 0]
    pets = store.open_split("oxford_iiit_pet", "train", others)
    voc, own = datasets.get("voc2012"), datasets.get("oxford_iiit_pet")
    without, showing = fitting._divided(pets, voc, own)
    assert (len(without), len(showing)) == (0, 3), "VOC's cats and dogs are pets"
    assert list(without.hashes) == []


def test_the_command_writes_a_file_and_a_table(run, others, monkeypatch, capsys):
    assert call(monkeypatch, run.path, "--data-dir", others) == 0
    found = familiar.kept(run)
    assert found.weights == sha256(run.weights)
    assert found.fitted == 2
    assert found.images.count == 5, "the sixth was trained on"
    assert found.false_alarms == 0
    assert [one.name for one in found.others] == ["grocery", "oxford_iiit_pet"]
    assert [(one.fitted, one.pictures, one.showing) for one in found.others] == [(3, 2, 0), (3, 2, 0)]
    assert all(one.auroc_unseen is not None for one in found.others)
    assert mentions(capsys.readouterr().out, 5, "Oxford-IIIT Pet", f"{found.others[0].auroc:.3f}")
    before = familiarity.file_of(run).read_text()
    assert call(monkeypatch, run.path, "--data-dir", others) == 0
    date = found.date
    assert familiarity.file_of(run).read_text().replace(familiar.kept(run).date, date) == before


def test_without_another_dataset_it_says_so(run, data_dir, monkeypatch, cache):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(datasets, "names", lambda: ("camvid",))
    with pytest.raises(UserError, match="another dataset"):
        call(monkeypatch, run.path, "--data-dir", data_dir)
    with pytest.raises(UserError, match=r"--pictures 1: .*2"):
        call(monkeypatch, run.path, "--data-dir", data_dir, "--pictures", 1)
    assert not familiarity.file_of(run).exists()
