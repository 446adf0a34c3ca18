"""Segmentation metrics: counting first, then formulas over the counts.

Counting turns one image into a ``Counts`` of fixed size; counts add up, so a split of any length is scored image by
image in constant memory. A class without pixels in the ground truth has no score: it is ``nan`` and excluded from every
mean.

Throughout, ``S`` is the number of scored classes, in the order of ``LabelSpace.scored``, and index ``S`` stands for
ignored pixels (void, or padding).
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_space import IGNORE, LabelSpace
from data.row_chunks import row_chunks

CALIBRATION_BINS = 15
BOUNDARY_WIDTH = 0.02
"""Width of the boundary region, relative to the image's diagonal."""

Labels = NDArray[np.uint8]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """The counts of one image or several, from which every score follows; add two to pool them.

    ``confusion`` ``(S + 1, S + 1)`` counts pixels by truth (rows) and prediction (columns); the last row holds the
    ignored pixels, the last column is always 0.
    """

    confusion: Integers
    boundary_intersection: Integers  # (S,) pixels in the boundary regions of truth and prediction alike
    boundary_union: Integers  # (S,) pixels in the boundary region of truth or prediction
    bin_pixels: Integers  # (15,) scored pixels by the probability of the winning class
    bin_correct: Integers  # (15,) the number of correct ones
    bin_confidence: Floats  # (15,) the sum of their winning probabilities

    @classmethod
    def none(cls, label_space: LabelSpace) -> "Counts":
        """Return the counts of zero images."""
        scored = len(label_space.scored)
        matrix = np.zeros((scored + 1, scored + 1), np.int64)
        areas, bins = np.zeros(scored, np.int64), np.zeros(CALIBRATION_BINS, np.int64)
        return cls(matrix, areas, areas.copy(), bins, bins.copy(), np.zeros(CALIBRATION_BINS, np.float64))

    def __add__(self, other: "Counts") -> "Counts":
        """Pool the counts of both."""
        return Counts(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


def count(truth: Labels, predicted: Labels, confidence: NDArray[np.float32] | None, label_space: LabelSpace) -> Counts:
    """Count one image: ids ``(H, W)`` (``predicted`` never void, ``truth`` may be ``IGNORE``), confidence 0 to 1.

    Without ``confidence``, because the model does not tell it, the calibration is not counted.

    Raises:
        ValueError: If the shapes differ or an id is not in the label space.
    """
    if not truth.shape == predicted.shape or truth.ndim != 2:
        raise ValueError(f"truth {truth.shape} and prediction {predicted.shape} must be one (H, W)")
    if confidence is not None and confidence.shape != truth.shape:
        raise ValueError(f"truth {truth.shape} and confidence {confidence.shape} must be one (H, W)")
    truth = _scored_index(truth, label_space, "truth", {label_space.void, IGNORE})
    predicted = _scored_index(predicted, label_space, "prediction", set())
    counts = Counts.none(label_space)
    for rows in row_chunks(truth.shape):
        _count_confusion(truth[rows], predicted[rows], counts.confusion)
        if confidence is not None:
            _count_calibration(truth[rows], predicted[rows], confidence[rows], counts)
    _count_boundary(truth, predicted, counts)
    return counts


def confusion(truth: Labels, predicted: Labels, label_space: LabelSpace) -> Integers:
    """Return the confusion matrix ``(S + 1, S + 1)`` of two label maps of the same shape; see ``Counts.confusion``.

    A prediction on a void pixel is ignored: it is counted in the last row.

    >>> space = LabelSpace(("cat", "dog", "void"), ("#000000", "#ffffff", "#808080"), void=2)
    >>> truth = np.array([[0, 0, 1, 2]], np.uint8)
    >>> predicted = np.array([[0, 1, 1, 0]], np.uint8)
    >>> confusion(truth, predicted, space)
    array([[1, 1, 0],
           [0, 1, 0],
           [1, 0, 0]])

    Raises:
        ValueError: If the shapes differ or an id is not in the label space.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth {truth.shape} and prediction {predicted.shape} must have one shape")
    truth = _scored_index(truth, label_space, "truth", {label_space.void, IGNORE})
    predicted = _scored_index(predicted, label_space, "prediction", set())
    matrix = Counts.none(label_space).confusion
    _count_confusion(truth, predicted, matrix)
    return matrix


def _scored_index(labels: Labels, label_space: LabelSpace, what: str, ignored: set[int | None]) -> Labels:
    """Turn ids into indices of scored classes, and the ``ignored`` ids into ``S``; raise ValueError for others."""
    table = np.zeros(256, np.uint8)
    known = np.zeros(256, bool)
    for ident in ignored - {None}:
        table[ident], known[ident] = len(label_space.scored), True
    for index, ident in enumerate(label_space.scored):
        table[ident], known[ident] = index, True
    fits = known[labels]
    if not fits.all():
        raise ValueError(f"{what}: the id {labels[~fits][0]} has no place; it must be among {np.flatnonzero(known)}")
    return table[labels]


def _count_confusion(truth: Labels, predicted: Labels, matrix: Integers) -> None:
    """Add the pixels to ``matrix``, in place."""
    side = np.uint16(len(matrix))  # at most 256, so that the joint index fits 16 bits
    joint = truth * side + predicted
    matrix += np.bincount(joint.ravel(), minlength=matrix.size).reshape(matrix.shape)


def _count_calibration(truth: Labels, predicted: Labels, confidence: NDArray[np.float32], counts: Counts) -> None:
    """Add the scored pixels to the bins ``(k / 15, (k + 1) / 15]`` of their confidence, in place."""
    scored = truth != len(counts.boundary_union)
    values = confidence[scored].astype(np.float64)  # times 15 is exact in float64, so no edge moves
    bins = np.clip(np.ceil(values * CALIBRATION_BINS).astype(np.int64) - 1, 0, CALIBRATION_BINS - 1)
    right = (truth == predicted)[scored]
    counts.bin_pixels[:] += np.bincount(bins, minlength=CALIBRATION_BINS)
    counts.bin_correct[:] += np.bincount(bins[right], minlength=CALIBRATION_BINS)
    counts.bin_confidence[:] += np.bincount(bins, weights=values, minlength=CALIBRATION_BINS)


def _count_boundary(truth: Labels, predicted: Labels, counts: Counts) -> None:
    """Add the boundary regions of all classes, in place."""
    scored = len(counts.boundary_union)
    # Predictions on ignored pixels must not move a contour.
    predicted = np.where(truth == scored, np.uint8(scored), predicted)
    truth_region, predicted_region = _boundary_region(truth, scored), _boundary_region(predicted, scored)
    common = truth_region[truth_region == predicted_region]

    def areas(labels: Labels) -> Integers:
        return np.bincount(labels.ravel(), minlength=scored + 1)[:scored]

    counts.boundary_intersection[:] += areas(common)
    counts.boundary_union[:] += areas(truth_region) + areas(predicted_region) - areas(common)


def _boundary_region(labels: Labels, outside: int) -> Labels:
    """Keep the labels of all pixels within the boundary width of their class's contour; ``outside`` elsewhere.

    This equals the mask of each class minus its erosion (``d`` times by a 3x3 square, zeros around the image). A pixel
    survives the erosion if the square of ``2 d + 1`` around it holds its label only, so the smallest and the largest
    label in that square decide for all classes at once. The image's border is a contour, and so is the edge of void.

    Source: Cheng et al. 2021, Boundary IoU, section 4, and its reference implementation (``mask_to_boundary``).
    """
    height, width = labels.shape
    d = max(1, round(BOUNDARY_WIDTH * math.hypot(height, width)))
    padded = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[outside])
    square = np.ones((2 * d + 1, 2 * d + 1), np.uint8)
    smallest, largest = cv2.erode(padded, square)[1:-1, 1:-1], cv2.dilate(padded, square)[1:-1, 1:-1]
    return np.where(smallest == largest, np.uint8(outside), labels)


def tp_fp_fn(matrix: Integers) -> tuple[Integers, Integers, Integers]:
    """Return true positives, false positives and false negatives ``(S,)`` of a confusion matrix ``(S + 1, S + 1)``.

    >>> tp_fp_fn(np.array([[2, 1, 0], [0, 1, 0], [5, 0, 0]]))
    (array([2, 1]), array([0, 1]), array([1, 0]))
    """
    scored = matrix[:-1, :-1]
    true_positives = scored.diagonal().copy()
    return true_positives, scored.sum(axis=0) - true_positives, scored.sum(axis=1) - true_positives


def iou(true_positives: NDArray[Any], false_positives: NDArray[Any], false_negatives: NDArray[Any]) -> Floats:
    """Return the intersection over union of each class, any shape; ``nan`` where the ground truth has no pixel.

    >>> iou(np.array([3, 0, 0]), np.array([1, 2, 0]), np.array([0, 4, 0]))
    array([0.75, 0.  ,  nan])
    """
    union = true_positives + false_positives + false_negatives
    return _ratio(true_positives, np.where(true_positives + false_negatives > 0, union, 0))


def accuracy(true_positives: Integers, false_negatives: Integers) -> Floats:
    """Return the share of each class's ground truth pixels that are found; ``nan`` where there are none.

    >>> accuracy(np.array([3, 0]), np.array([1, 0]))
    array([0.75,  nan])
    """
    return _ratio(true_positives, true_positives + false_negatives)


def mean_over_present(scores: Floats) -> Floats:
    """Return the mean over the last axis, ignoring ``nan``; ``nan`` if there is nothing else.

    >>> float(mean_over_present(np.array([0.5, np.nan, 1.0])))
    0.75
    """
    present = ~np.isnan(scores)
    return _ratio(np.where(present, scores, 0.0).sum(axis=-1), present.sum(axis=-1))


def mean_iou(matrix: Integers) -> float:
    """Return the mean IoU over the classes in the ground truth, 0 to 1; ``nan`` if there are none.

    One of three cat pixels is predicted as dog: 2/3 for cat, 1/2 for dog.

    >>> mean_iou(np.array([[2, 1, 0], [0, 1, 0], [5, 0, 0]]))
    0.5833333333333333
    """
    return float(mean_over_present(iou(*tp_fp_fn(matrix))))


def pixel_accuracy(matrix: Integers) -> float:
    """Return the share of scored pixels that are correct; ``nan`` if there are none.

    >>> pixel_accuracy(np.array([[2, 1, 0], [0, 1, 0], [5, 0, 0]]))
    0.75
    """
    scored = matrix[:-1, :-1]
    return float(_ratio(scored.trace(), scored.sum()))


def frequency_weighted_iou(matrix: Integers) -> float:
    """Return the mean IoU, each class weighted by its share of the scored pixels; ``nan`` if there are none.

    >>> frequency_weighted_iou(np.array([[2, 1, 0], [0, 1, 0], [5, 0, 0]]))
    0.625
    """
    pixels = matrix[:-1, :-1].sum(axis=1)
    return float(_ratio(np.nansum(pixels * iou(*tp_fp_fn(matrix))), pixels.sum()))


def boundary_iou(counts: Counts) -> float:
    """Return the mean pooled boundary IoU over the classes in the ground truth; ``nan`` if there are none."""
    shown = counts.confusion[:-1].sum(axis=1) > 0
    return float(mean_over_present(_ratio(counts.boundary_intersection, np.where(shown, counts.boundary_union, 0))))


def calibration_error(counts: Counts) -> float:
    """Return the expected calibration error, 0 to 1: how far confidence and accuracy are apart, averaged over pixels.

    One pixel is correct at a confidence of 0.9 and one wrong at 0.5, so the gaps are 0.1 and 0.5.

    >>> space = LabelSpace(("cat", "dog"), ("#000000", "#ffffff"))
    >>> truth, predicted = np.array([[0, 0]], np.uint8), np.array([[0, 1]], np.uint8)
    >>> round(calibration_error(count(truth, predicted, np.array([[0.9, 0.5]], np.float32), space)), 6)
    0.3

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 2.
    """
    return float(_ratio(np.abs(counts.bin_correct - counts.bin_confidence).sum(), counts.bin_pixels.sum()))


def _ratio(numerator: Any, denominator: Any) -> Floats:
    """Divide; ``nan`` where the denominator is 0."""
    denominator = np.asarray(denominator, np.float64)
    result: Floats = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result
