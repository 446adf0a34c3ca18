"""Temperature scaling: the fit and the halves."""

import numpy as np
import pytest
from scipy.special import softmax

from data import datasets
from train.evaluation import temperature

RNG = np.random.default_rng(6)
PETS, STREETS, VOC = (datasets.get(name) for name in ("oxford_iiit_pet", "camvid", "voc2012"))


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_fit_finds_the_temperature_that_the_labels_were_drawn_with(true):
    logits = RNG.normal(0, 3, (40_000, 5))
    probabilities = softmax(logits / true, axis=1)
    classes = (probabilities.cumsum(axis=1) > RNG.random((len(logits), 1))).argmax(axis=1)
    found = temperature.fit(np.log(softmax(logits, axis=1)), classes)
    assert found == pytest.approx(true, rel=0.03)


def expected_calibration_error(logarithms: np.ndarray, classes: np.ndarray, value: float) -> float:
    """Return the error in 15 equally wide bins, from its definition."""
    probabilities = softmax(logarithms / value, axis=1)
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == classes
    bins = np.ceil(sure * 15)
    return sum(abs(sure[bins == one].sum() - right[bins == one].sum()) for one in np.unique(bins)) / len(sure)


def test_the_fit_has_the_least_calibration_error_of_all_that_are_tried():
    logarithms = np.log(RNG.dirichlet(np.ones(4), 500))
    classes = np.where(RNG.random(500) < 0.5, logarithms.argmax(axis=1), RNG.integers(0, 4, 500))
    found = temperature.fit(logarithms, classes)
    assert temperature.TRIED[0] * 1.1 < found < temperature.TRIED[-1] / 1.1
    errors = [expected_calibration_error(logarithms, classes, value) for value in temperature.TRIED]
    assert expected_calibration_error(logarithms, classes, found) <= min(errors) + 1e-3  # the product's bins are sums


def test_breeds_stay_in_one_half():
    ids = [f"{breed}_{number}" for breed, count in [("boxer", 9), ("pug", 6), ("Sphynx", 4)] for number in range(count)]
    fitting, testing = temperature.halves(ids, PETS)
    assert sorted(fitting + testing) == list(range(19))
    breeds = [{ids[index].split("_")[0] for index in half} for half in (fitting, testing)]
    assert not breeds[0] & breeds[1]
    assert {len(fitting), len(testing)} == {9, 10}


@pytest.mark.parametrize(("dataset", "name"), [(STREETS, "0016E5_{:05}"), (VOC, "2008_{:06}")])
def test_neighbours_stay_together_where_nothing_else_is_known(dataset, name):
    ids = [name.format(number) for number in range(11)][::-1]
    fitting, testing = temperature.halves(ids, dataset)
    assert {ids[index] for index in fitting} == {name.format(number) for number in range(5)}
    assert {ids[index] for index in testing} == {name.format(number) for number in range(5, 11)}
