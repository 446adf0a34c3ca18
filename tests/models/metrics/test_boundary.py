import math

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy import ndimage

from data.label_space import LabelSpace
from models.metrics import boundary, segmentation
from models.metrics.boundary import BoundaryCounts
from tests.models.metrics.label_maps import (
    NAN,
    NO_VOID,
    VOID_LAST,
    VOID_MIDDLE,
    Labels,
    Maps,
    blobs,
    counted,
    grid,
    label_maps,
)


def mean_boundary_iou(counts: BoundaryCounts, truth: Labels) -> float:
    """Return the boundary IoU of the three classes 0, 1 and 2."""
    shown = np.array([(truth == index).any() for index in range(3)])
    return float(segmentation.mean_over_present(boundary.iou(counts, shown)))


def boundary_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the boundary region of a mask as the paper has it: eroded step by step, zeros around the image."""
    steps = max(1, round(0.02 * math.sqrt(mask.shape[0] ** 2 + mask.shape[1] ** 2)))
    eroded = ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=steps, border_value=0)
    return mask & ~eroded


def assert_boundary_counts_are_right(truth: Labels, predicted: Labels, space: LabelSpace) -> None:
    counts = counted(truth, predicted, space).boundary
    valid = np.isin(truth, space.scored)
    for index, ident in enumerate(space.scored):
        one, two = boundary_of(truth == ident), boundary_of((predicted == ident) & valid)
        assert counts.intersection[index] == (one & two).sum()
        assert counts.union[index] == (one | two).sum()


@given(label_maps())
def test_boundary_regions_agree_with_erosion_class_by_class_on_noise(maps: Maps) -> None:
    assert_boundary_counts_are_right(maps[0], maps[1], VOID_MIDDLE)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (97, 61), (120, 140), (240, 320)])
def test_boundary_regions_agree_with_erosion_class_by_class_on_blobs(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    truth, predicted = blobs(random, shape, [0, 1, 2, 3]), blobs(random, shape, [0, 2, 3])
    assert_boundary_counts_are_right(truth, predicted, VOID_MIDDLE)


def test_boundary_iou_worked_by_hand() -> None:
    truth = np.zeros((20, 50), np.uint8)  # diagonal 53.9: the region is one pixel wide
    truth[5:15, 10:20] = 1
    predicted = np.zeros_like(truth)
    predicted[5:15, 10:21] = 1  # one column too many
    counts = counted(truth, predicted, NO_VOID).boundary
    # The square's contour: 36 pixels of truth, 38 of the prediction; they share the left column and both long sides.
    assert counts.intersection[1] == 28
    assert counts.union[1] == 36 + 38 - 28
    # The background's contour: 136 at the image's border, and 44 (prediction: 46) around the square; of these they
    # share the rows above and below and the column on the left.
    shared = 136 + 12 + 12 + 10
    assert counts.intersection[0] == shared
    assert counts.union[0] == (136 + 44) + (136 + 46) - shared
    assert mean_boundary_iou(counts, truth) == pytest.approx((28 / 46 + shared / (180 + 182 - shared)) / 2)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        (["0011", "0011"], ["0011", "0011"], 1.0),
        (["0011"], ["0211"], 3 / 4),  # the class that only the prediction has is not in the mean
        (["33"], ["01"], NAN),
        (["1"], ["2"], 0.0),
        (["13"], ["10"], 1.0),
    ],
)
def test_boundary_iou_at_the_edges(truth: list[str], predicted: list[str], expected: float) -> None:
    result = mean_boundary_iou(counted(grid(*truth), grid(*predicted), VOID_LAST).boundary, grid(*truth))
    np.testing.assert_equal(result, expected)


def outline(mask: NDArray[np.bool_], outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask with a neighbour, of eight, that is in the image and not in the mask."""
    other = np.pad(outside, 1, constant_values=False)
    height, width = mask.shape
    beside = [other[row : row + height, column : column + width] for row in range(3) for column in range(3)]
    return mask & np.any(beside, axis=0)


def share_near(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many pixels of one outline are near another, by scipy's distance transform, and how many there are."""
    within = max(1, 0.0075 * math.hypot(*one.shape))
    away = ndimage.distance_transform_edt(~two) if two.any() else np.full(two.shape, np.inf)
    return int((away[one] <= within).sum()), int(one.sum())


def assert_outlines_agree_with_scipy(truth: Labels, predicted: Labels, space: LabelSpace) -> None:
    counts = counted(truth, predicted, space).boundary
    valid = np.isin(truth, space.scored)
    shown = np.array([(truth == ident).any() for ident in space.scored])
    for index, ident in enumerate(space.scored):
        one, two = truth == ident, (predicted == ident) & valid
        line, other = outline(one, ~one), outline(two, ~two)
        assert (counts.true_met[index], counts.true[index]) == share_near(line, other)
        assert (counts.predicted_met[index], counts.predicted[index]) == share_near(other, line)
        (met, whole), (right, answered) = share_near(line, other), share_near(other, line)
        score = boundary.f1(counts, shown)[index]
        if not shown[index] or whole + answered == 0:
            assert math.isnan(score)
        else:
            recall, precision = met / max(whole, 1), right / max(answered, 1)
            assert score == pytest.approx(2 * precision * recall / max(precision + recall, 1e-9))


@given(label_maps())
def test_boundary_f1_agrees_with_scipy_on_noise(maps: Maps) -> None:
    assert_outlines_agree_with_scipy(maps[0], maps[1], VOID_MIDDLE)


@pytest.mark.parametrize("shape", [(1, 300), (97, 61), (240, 320)])
def test_boundary_f1_agrees_with_scipy_on_blobs(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(6)
    truth, predicted = blobs(random, shape, [0, 1, 2, 3]), blobs(random, shape, [0, 2, 3])
    moved = np.where(truth == 1, predicted, np.roll(truth, 3, axis=1))  # many outlines are just near
    moved = np.where(moved == 1, predicted, moved).astype(np.uint8)
    for answer in (predicted, moved):
        assert_outlines_agree_with_scipy(truth, answer, VOID_MIDDLE)


def square(columns: slice) -> Labels:
    """Return a square of class 1 on class 0 in an image whose tolerance is three pixels."""
    labels = np.zeros((240, 320), np.uint8)
    labels[80:160, columns] = 1
    return labels


@pytest.mark.parametrize(("moved", "expected"), [(0, 1.0), (3, 1.0), (40, (2 * 63 + 6) / 356)])
def test_boundary_f1_forgives_three_pixels_of_four_hundred(moved: int, expected: float) -> None:
    assert boundary.tolerance((240, 320)) == 3
    truth, predicted = square(slice(100, 200)), square(slice(100 + moved, 200 + moved))
    scores = boundary.f1(counted(truth, predicted, NO_VOID).boundary, np.array([True, True, False]))
    assert scores[1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        (["0011", "0011"], ["0011", "0011"], [1, 1, NAN]),
        (["0000"], ["0000"], [NAN, NAN, NAN]),  # the image's border is no outline
        (["0000"], ["0011"], [0, NAN, NAN]),
        (["0011"], ["0000"], [0, 0, NAN]),
        (["0033"], ["0011"], [1, NAN, NAN]),  # the edge of void is one
    ],
)
def test_boundary_f1_at_the_edges(truth: list[str], predicted: list[str], expected: list[float]) -> None:
    shown = np.array([(grid(*truth) == index).any() for index in range(3)])
    scores = boundary.f1(counted(grid(*truth), grid(*predicted), VOID_LAST).boundary, shown)
    np.testing.assert_array_equal(scores, expected)
