"""Scores of label maps from a confusion matrix: counting first, then formulas over the counts.

A class without pixels in the ground truth has no score: it is ``nan`` and excluded from every mean.

Throughout, ``S`` is the number of scored classes, in the order of ``LabelSpace.scored``, and index ``S`` stands for
ignored pixels (void, or padding).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.label_space import IGNORE, LabelSpace

Labels = NDArray[np.uint8]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def confusion(truth: Labels, predicted: Labels, label_space: LabelSpace) -> Integers:
    """Return the confusion matrix ``(S + 1, S + 1)`` of two label maps of the same shape.

    It counts pixels by truth (rows) and prediction (columns). A prediction on a void pixel is ignored: it is counted in
    the last row; the last column is always 0.

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
    return count_confusion(*scored_indices(truth, predicted, label_space), len(label_space.scored))


def scored_indices(truth: Labels, predicted: Labels, label_space: LabelSpace) -> tuple[Labels, Labels]:
    """Turn true and predicted ids into indices of scored classes, and ignored ones of the truth into ``S``.

    Raises:
        ValueError: If an id is not in the label space, or void is predicted.
    """
    return (
        _scored_index(truth, label_space, "truth", {label_space.void, IGNORE}),
        _scored_index(predicted, label_space, "prediction", set()),
    )


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


def count_confusion(truth: Labels, predicted: Labels, scored: int) -> Integers:
    """Return the confusion matrix ``(S + 1, S + 1)`` of indices of ``scored`` classes, of one shape."""
    side = np.uint16(scored + 1)  # at most 256, so that the joint index fits 16 bits
    joint = truth * side + predicted
    return np.bincount(joint.ravel(), minlength=int(side) ** 2).reshape(side, side)


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
    return ratio(true_positives, np.where(true_positives + false_negatives > 0, union, 0))


def accuracy(true_positives: Integers, false_negatives: Integers) -> Floats:
    """Return the share of each class's ground truth pixels that are found, its recall; ``nan`` where there are none.

    >>> accuracy(np.array([3, 0]), np.array([1, 0]))
    array([0.75,  nan])
    """
    return ratio(true_positives, true_positives + false_negatives)


def precision(true_positives: NDArray[Any], false_positives: NDArray[Any], false_negatives: NDArray[Any]) -> Floats:
    """Return the share of each class's predicted pixels that are right.

    It is ``nan`` where none are predicted or the ground truth has no pixel.

    >>> precision(np.array([3, 0, 0]), np.array([1, 2, 0]), np.array([0, 0, 4]))
    array([0.75,  nan,  nan])
    """
    predicted = true_positives + false_positives
    return ratio(true_positives, np.where(true_positives + false_negatives > 0, predicted, 0))


def dice(true_positives: NDArray[Any], false_positives: NDArray[Any], false_negatives: NDArray[Any]) -> Floats:
    """Return the Dice coefficient of each class, the F1 of its pixels; ``nan`` where the ground truth has no pixel.

    >>> dice(np.array([3, 0, 0]), np.array([1, 2, 0]), np.array([1, 4, 0]))
    array([0.75, 0.  ,  nan])
    """
    both = 2 * true_positives + false_positives + false_negatives
    return ratio(2 * true_positives, np.where(true_positives + false_negatives > 0, both, 0))


def class_scores(
    true_positives: NDArray[Any], false_positives: NDArray[Any], false_negatives: NDArray[Any]
) -> dict[str, Floats]:
    """Return ``iou``, ``dice``, ``precision`` and ``recall`` of each class; ``nan`` where undefined."""
    counts = true_positives, false_positives, false_negatives
    return {
        "iou": iou(*counts),
        "dice": dice(*counts),
        "precision": precision(*counts),
        "recall": accuracy(true_positives, false_negatives),
    }


def mean_over_present(scores: Floats) -> Floats:
    """Return the mean over the last axis, ignoring ``nan``; ``nan`` if there is nothing else.

    >>> float(mean_over_present(np.array([0.5, np.nan, 1.0])))
    0.75
    """
    present = ~np.isnan(scores)
    return ratio(np.where(present, scores, 0.0).sum(axis=-1), present.sum(axis=-1))


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
    return float(ratio(scored.trace(), scored.sum()))


def frequency_weighted_iou(matrix: Integers) -> float:
    """Return the mean IoU, each class weighted by its share of the scored pixels; ``nan`` if there are none.

    >>> frequency_weighted_iou(np.array([[2, 1, 0], [0, 1, 0], [5, 0, 0]]))
    0.625
    """
    pixels = matrix[:-1, :-1].sum(axis=1)
    return float(ratio(np.nansum(pixels * iou(*tp_fp_fn(matrix))), pixels.sum()))


def ratio(numerator: Any, denominator: Any) -> Floats:
    """Divide; ``nan`` where the denominator is 0."""
    denominator = np.asarray(denominator, np.float64)
    result: Floats = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result
