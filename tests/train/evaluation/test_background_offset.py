"""The offset of the background: its counts, the fit, and what each half says about that of the other."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import confusion_matrix, jaccard_score

from train.evaluation import background_offset
from train.evaluation.background_offset import TRIED

RNG = np.random.default_rng(6)
CLASSES = 4


def drawn(offset: float, pixels: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithms of probabilities, and classes that fit them best with an offset of class 0."""
    logits = RNG.normal(0, 2, (pixels, CLASSES))
    noisy = logits + RNG.normal(0, 0.3, logits.shape)
    noisy[:, 0] += offset
    return np.log(softmax(logits, axis=1)).astype(np.float32), noisy.argmax(axis=1).astype(np.uint8)


@pytest.mark.parametrize("background", [0, 2])
def test_the_counts_are_those_of_the_labels_with_the_offset(background):
    logarithms, classes = drawn(1.0, 300)
    counted = background_offset._counted(logarithms, classes, background)
    for offset, found in zip(TRIED, counted, strict=True):
        labels = (logarithms + offset * np.eye(CLASSES)[background]).argmax(axis=1)
        expected = confusion_matrix(classes, labels, labels=range(CLASSES))
        assert np.abs(found[:-1, :-1] - expected).sum() <= 2, "a near tie may fall either way"
        assert found.sum() == len(classes)


@pytest.mark.parametrize("true", [-1.5, 0.0, 2.0])
def test_the_fit_finds_the_offset_that_the_classes_were_drawn_with(true):
    logarithms, classes = drawn(true)
    found = background_offset.fit(background_offset._counted(logarithms, classes, 0))
    assert found == pytest.approx(true, abs=0.2)
    scores = {
        offset: jaccard_score(classes, (logarithms + offset * np.eye(CLASSES)[0]).argmax(axis=1), average="macro")
        for offset in TRIED
    }
    assert scores[found] == pytest.approx(max(scores.values()), abs=1e-6)


def test_without_a_best_offset_there_is_none():
    counted = background_offset._counted(np.log(np.full((9, 2), 0.5, np.float32)), np.ones(9, np.uint8), 0)
    assert background_offset.fit(counted) == 0


def test_each_half_is_judged_with_the_offset_of_the_other():
    halves = [background_offset._counted(*drawn(offset), 0) for offset in (1.0, 3.0)]
    before, after = background_offset.cross_fitted(*halves)
    found = [background_offset.fit(half) for half in halves]
    assert found == pytest.approx([1.0, 3.0], abs=0.2)
    together = halves[0][TRIED.index(found[1])] + halves[1][TRIED.index(found[0])]
    expected = np.diag(together) / (together.sum(axis=0) + together.sum(axis=1) - np.diag(together)).clip(1)
    assert after == pytest.approx(expected[:CLASSES].mean())
    without = halves[0][TRIED.index(0.0)] + halves[1][TRIED.index(0.0)]
    expected = np.diag(without) / (without.sum(axis=0) + without.sum(axis=1) - np.diag(without)).clip(1)
    assert before == pytest.approx(expected[:CLASSES].mean())
