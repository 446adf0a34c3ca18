"""A run whose confidence is made right."""

import dataclasses

import numpy as np
import pytest

from configs.errors import UserError
from configs.files import sha256
from data import store
from models.inference.predictor import RunPredictor
from train import calibrate
from train.evaluation import temperature


@pytest.mark.usefixtures("cache")
def test_the_logits_are_divided_and_the_labels_stay(run, data_dir):
    samples = store.open_split("camvid", "val", data_dir)
    images = [samples[index].image for index in range(len(samples))]
    before = [RunPredictor.load(run, "float32").network_scores(image)[0] for image in images]
    digest, weights = run.digest(), sha256(run.weights)

    found = calibrate.calibrate(run, data_dir)

    assert found.helps
    assert (found.fitted_on, found.tested_on) == (3, 2), "one of the six was trained on"
    assert run.digest() != digest
    assert sha256(run.weights) == weights
    after = [RunPredictor.load(run, "float32").network_scores(image)[0] for image in images]
    for one, other in zip(before, after, strict=True):
        sure = np.sort(one, axis=2)[..., -1] - np.sort(one, axis=2)[..., -2] > 1e-5
        np.testing.assert_array_equal(one.argmax(axis=2)[sure], other.argmax(axis=2)[sure])
        assert np.abs(one - other).max() > 0.01
    assert run.calibration == found
    assert found.after < found.before

    again = calibrate.calibrate(run, data_dir)
    assert again == found, "it is fitted to the weights, not to what was found before"


def test_published_and_untrained_runs_are_refused(run, data_dir):
    with pytest.raises(UserError, match=f"{run.name} is published"):
        calibrate.calibrate(dataclasses.replace(run, published=True), data_dir)
    run.weights.unlink()
    with pytest.raises(UserError, match=str(run.path)):
        calibrate.calibrate(run, data_dir)


@pytest.mark.usefixtures("cache")
def test_a_temperature_that_does_not_help_changes_nothing(run, data_dir, monkeypatch):
    digest = run.digest()
    monkeypatch.setattr(temperature, "fit", lambda *_: 0.25)  # far more confident, so worse
    found = calibrate.calibrate(run, data_dir)
    assert not found.helps
    assert run.digest() == digest
    assert not (run.path / "calibration.json").exists()
