import math

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss

from models.metrics import calibration
from models.metrics.counts import count
from tests.models.metrics.label_maps import NO_VOID, VOID_MIDDLE, Labels, Maps, counted, grid, label_maps


@given(label_maps())
def test_calibration_error_agrees_with_a_plain_loop(maps: Maps) -> None:
    truth, predicted, confidence = maps
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(15)]
    for ident, answer, sure in zip(truth.flat, predicted.flat, confidence.flat, strict=True):
        if ident in VOID_MIDDLE.scored:
            place = next(k for k in range(15) if float(sure) * 15 <= k + 1)
            bins[place].append((float(sure), ident == answer))
    pixels = sum(len(members) for members in bins)
    expected = sum(
        abs(sum(right for _, right in members) / len(members) - sum(sure for sure, _ in members) / len(members))
        * len(members)
        / pixels
        for members in bins
        if members
    )
    counts = counted(truth, predicted, VOID_MIDDLE, confidence).calibration
    assert list(counts.bins()[0]) == [len(members) for members in bins]
    result = calibration.error(counts)
    assert math.isnan(result) if pixels == 0 else result == pytest.approx(expected, abs=1e-9)


def test_calibration_error_by_hand() -> None:
    truth = np.zeros((1, 10), np.uint8)
    predicted = grid("0000000011")  # 80 % right
    counts = counted(truth, predicted, NO_VOID, np.full((1, 10), 0.75, np.float32)).calibration
    assert calibration.error(counts) == pytest.approx(0.05)


def by_sorting(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Return the adaptive calibration error from the sorted pixels themselves."""
    order = np.argsort(confidence, kind="stable")
    groups = zip(*(np.array_split(part[order].astype(float), 15) for part in (confidence, right)), strict=True)
    return sum(abs((sure - correct).sum()) for sure, correct in groups) / len(confidence)


@pytest.mark.parametrize("sureness", [1.0, 4.0, 12.0])
@pytest.mark.parametrize("bias", [-0.05, 0.0, 0.05])
def test_the_adaptive_error_is_that_of_the_sorted_pixels(sureness: float, bias: float) -> None:
    random = np.random.default_rng(3)
    confidence = (1 / 3 + 2 / 3 / (1 + np.exp(-sureness * random.normal(1, 1, 200_000)))).astype(np.float32)
    right = random.random(confidence.size) < np.clip(confidence + bias, 0, 1)
    truth, predicted = np.zeros((1, confidence.size), np.uint8), (~right).astype(np.uint8)[None]
    counts = calibration.count(truth, predicted, confidence[None], None, 2)
    assert calibration.adaptive_error(counts) == pytest.approx(by_sorting(confidence, right), abs=1e-4)


def test_the_adaptive_error_sees_what_equal_bins_hide() -> None:
    confidence = np.repeat(np.array([0.94, 0.99], np.float32), 150)[None]  # one bin of fifteen holds both
    predicted = np.repeat(grid("01")[0], 150)[None]  # the less sure half is right, the other wrong
    counts = counted(np.zeros(confidence.shape, np.uint8), predicted, NO_VOID, confidence).calibration
    assert calibration.error(counts) == pytest.approx(0.965 - 0.5, abs=1e-6)
    assert calibration.adaptive_error(counts) == pytest.approx((0.06 * 7 + 0.99 * 7 + 0.465) / 15, abs=1e-2)


def squared(probabilities: NDArray[np.float32], truth: Labels) -> NDArray[np.float32]:
    """Return the squared errors of probabilities ``(H, W, C)`` of the ids 0 to C - 1."""
    return calibration.squared_errors(((index, probabilities[..., index]) for index in range(3)), truth)


def test_the_brier_score_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(4)
    probabilities = random.dirichlet([0.5, 1, 2], (20, 30))
    truth = random.integers(0, 3, (20, 30), np.uint8)
    counts = count(truth, truth, None, NO_VOID, squared(probabilities.astype(np.float32), truth)).calibration
    one_hot = np.eye(3)[truth]
    assert calibration.brier_score(counts) == pytest.approx(((probabilities - one_hot) ** 2).sum(axis=2).mean())
    expected = brier_score_loss(truth.ravel(), probabilities.reshape(-1, 3), labels=[0, 1, 2], scale_by_half=False)
    assert calibration.brier_score(counts) == pytest.approx(expected, abs=1e-5)


def test_void_has_no_part_in_the_brier_score() -> None:
    truth = np.array([[0, 1, 1]], np.uint8)  # 1 is void
    counts = count(truth, truth * 0, None, VOID_MIDDLE, np.array([[0.5, 2, 2]], np.float32)).calibration
    assert calibration.brier_score(counts) == 0.5


@pytest.mark.parametrize(("sure", "expected"), [((1, 0, 0), 0.0), ((0, 1, 0), 2.0), ((1 / 3, 1 / 3, 1 / 3), 2 / 3)])
def test_the_brier_score_by_hand(sure: tuple[float, ...], expected: float) -> None:
    probabilities = np.array(sure, np.float32)[None, None]
    assert squared(probabilities, grid("0")) == pytest.approx(expected, abs=1e-6)


def test_what_a_model_does_not_tell_is_not_scored() -> None:
    counts = count(grid("01"), grid("00"), None, NO_VOID).calibration
    scores = calibration.error(counts), calibration.adaptive_error(counts), calibration.brier_score(counts)
    assert all(map(math.isnan, scores))
