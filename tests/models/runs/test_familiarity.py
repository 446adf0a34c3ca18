"""The file that tells pictures unlike a run's training pictures, and what is made of a damaged one."""

import shutil

import numpy as np
import pytest

from configs.errors import UserError
from models.inference import loading
from models.runs import familiarity
from models.runs.run import Run
from tests.facts import mentions
from tests.models import familiar
from tests.models.familiar import BRIGHT, DARK


@pytest.fixture
def run(tiny, tmp_path) -> Run:
    return Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)


def test_a_run_without_the_file_tells_nothing(run):
    assert familiarity.read(run) is None
    assert familiarity.digest(run) == ""
    model = loading.load_predictor(run)
    assert (model.predict(BRIGHT).verdict, model.familiarity_fault) == (None, "")


def test_the_distance_is_the_weighted_sum(run):
    familiar.write(run)
    found = familiar.kept(run)
    values = np.random.default_rng(0).random((5, 24))
    expected = [sum(w * v for w, v in zip(found.channels, row, strict=True)) + found.offset for row in values]
    np.testing.assert_allclose(found.distances(values), expected)
    assert [found.verdict(row).unlike for row in values] == [value > 0.25 for value in expected]
    assert (found.auroc, found.auroc_unseen) == (0.975, None)


def test_an_unlike_picture_is_told_and_no_label_changes(run):
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    plain = loading.load_predictor(run, "float32")
    familiar.write(run)
    model = loading.load_predictor(run, "float32")
    assert familiar.verdict(model, BRIGHT).distance == pytest.approx(1, abs=1e-4)
    assert familiar.verdict(model, DARK).distance == pytest.approx(-1, abs=1e-4)
    assert [familiar.verdict(model, picture).unlike for picture in (BRIGHT, DARK)] == [True, False]
    for picture in (BRIGHT, DARK, noise):
        before, after = plain.predict(picture), model.predict(picture)
        np.testing.assert_array_equal(before.labels, after.labels)
        np.testing.assert_array_equal(before.confidence, after.confidence)
        labels, verdict = model.network_labels(picture)
        assert verdict == after.verdict
        assert plain.network_labels(picture)[1] is None
        np.testing.assert_array_equal(labels, plain.network_labels(picture)[0])


CASES = {
    "other weights": ({"weights": "ab" * 32}, ["other weights"]),
    "not finite": ({"threshold": float("nan")}, ["threshold"]),
    "a weight not finite": ({"channels": [float("inf")] * 24}, ["channels"]),
    "text": ({"offset": "1"}, ["offset"]),
    "another layout": ({"schema": 2}, [2, 1]),
    "another network": ({"channels": [1.0] * 7}, [24, 7]),
}


@pytest.mark.parametrize(("changes", "words"), CASES.values(), ids=CASES)
def test_an_unusable_file_is_one_sentence_and_prediction_goes_on(run, changes, words):
    labels = loading.load_predictor(run).predict(BRIGHT).labels
    familiar.write(run, **changes)
    model = loading.load_predictor(run)
    assert mentions(model.familiarity_fault, *words)
    assert "\n" not in model.familiarity_fault
    prediction = model.predict(BRIGHT)
    assert prediction.verdict is None
    np.testing.assert_array_equal(prediction.labels, labels)


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_a_damaged_file_is_named(run, length):
    familiar.write(run)
    file = familiarity.file_of(run)
    file.write_text(file.read_text()[:length])
    with pytest.raises(UserError, match=r"familiarity\.json: .*train\.familiarity mine"):
        familiarity.read(run)
    assert "familiarity.json" in loading.load_predictor(run).familiarity_fault
