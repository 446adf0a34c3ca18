"""Planted errors of masks: where they are, and that a perfect model finds them."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from models.analysis.suspicious_truth import Answer, Judged
from tools.plant_truth_errors import LEAST, MOST, measure, plant

SPACE = LabelSpace(("cat", "dog", "sky", "void"), ("#0072b2", "#f0e442", "#d55e00", "#000000"), void=3)


@pytest.fixture(name="images")
def images_of_a_perfect_model():
    truth = np.kron(np.arange(12).reshape(3, 4) % 4, np.ones((20, 20))).astype(np.uint8)
    return [Judged(f"{n}", truth.copy(), [Answer(truth, np.full(truth.shape, 60, np.uint8))]) for n in range(8)]


@pytest.mark.parametrize("kind", ["disc", "whole"])
def test_half_of_the_images_get_one_piece_of_another_class(images, kind):
    planted = plant(images, SPACE, kind, 0)
    assert len(planted.places) == 4
    for before, after in zip(images, planted, strict=True):
        changed = before.truth != after.truth
        assert np.array_equal(changed, planted.places.get(before.id, np.zeros_like(changed)))
        if changed.any():
            assert LEAST <= changed.mean() <= MOST
            assert before.truth[changed].max() < 3, "void is left alone"
            assert len(set(before.truth[changed])) == len(set(after.truth[changed])) == 1
            assert after.truth[changed][0] in SPACE.scored


@pytest.mark.parametrize("kind", ["disc", "whole"])
def test_a_perfect_model_finds_all(images, kind):
    assert measure(images, 1, SPACE, kind, 0) == (4, 1.0, 1.0)
