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


def test_the_fit_has_the_least_cross_entropy_of_all_that_are_tried():
    logarithms = np.log(RNG.dirichlet(np.ones(4), 500))
    classes = np.where(RNG.random(500) < 0.5, logarithms.argmax(axis=1), RNG.integers(0, 4, 500))

    def cross_entropy(value: float) -> float:
        scaled = softmax(logarithms / value, axis=1)
        return -np.log(scaled[np.arange(500), classes]).mean()

    found = temperature.fit(logarithms, classes)
    assert temperature.RANGE[0] * 1.1 < found < temperature.RANGE[1] / 1.1
    assert cross_entropy(found) <= min(map(cross_entropy, np.linspace(*temperature.RANGE, 400))) + 1e-6


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
