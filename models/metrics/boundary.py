"""Scores of outlines: boundary IoU and boundary F1, from counts that are pooled over the images of a split.

Label maps hold indices of the ``S`` scored classes; ``S`` itself stands for ignored pixels.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.metrics.segmentation import Floats, Integers, Labels, ratio

WIDTH = 0.02
"""Width of the boundary region of the boundary IoU, relative to the image's diagonal."""
TOLERANCE = 0.0075
"""Distance, relative to the image's diagonal, up to which two outlines count as one; at least a pixel."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class BoundaryCounts:
    """Pixels along the outlines of each class, all ``(S,)``; add two to pool them."""

    intersection: Integers  # in the boundary regions of truth and prediction alike
    union: Integers  # in the boundary region of truth or prediction
    true: Integers  # on the outlines of the truth
    true_met: Integers  # the part of them that is near a predicted outline of the class
    predicted: Integers  # on the predicted outlines
    predicted_met: Integers  # the part of them that is near an outline of the class in the truth

    @classmethod
    def none(cls, scored: int) -> "BoundaryCounts":
        """Return the counts of zero images."""
        return cls(*np.zeros((6, scored), np.int64))

    def __add__(self, other: "BoundaryCounts") -> "BoundaryCounts":
        """Pool the counts of both."""
        return BoundaryCounts(*(mine + vars(other)[name] for name, mine in vars(self).items()))


@dataclass(frozen=True)
class Outlines:
    """The outlines in truth and prediction of one image, and which pixels are near those of their class.

    All are ``(H, W)``: two label maps that hold ``S`` off the outlines, and three masks. Near is within ``TOLERANCE``.
    """

    true: Labels
    predicted: Labels
    true_near_true: Mask  # pixels that are near an outline, in the truth, of their true class
    predicted_near_true: Mask  # pixels that are near an outline, in the truth, of their predicted class
    true_near_predicted: Mask  # pixels that are near a predicted outline of their true class

    @classmethod
    def of(cls, truth: Labels, predicted: Labels, scored: int) -> "Outlines":
        """Find the outlines of an image; ``predicted`` is ``S`` wherever ``truth`` is."""
        true, other = _outlines(truth, scored), _outlines(predicted, scored)
        true_near_true, predicted_near_true = _near(true, [truth, predicted], scored)
        (true_near_predicted,) = _near(other, [truth], scored)
        return cls(true, other, true_near_true, predicted_near_true, true_near_predicted)


def count(truth: Labels, predicted: Labels, outlines: Outlines, scored: int) -> BoundaryCounts:
    """Count one image; ``predicted`` is ``S`` wherever ``truth`` is."""
    truth_region, predicted_region = _boundary_region(truth, scored), _boundary_region(predicted, scored)
    common = truth_region[truth_region == predicted_region]

    def areas(labels: Labels) -> Integers:
        return np.bincount(labels.ravel(), minlength=scored + 1)[:scored]

    return BoundaryCounts(
        intersection=areas(common),
        union=areas(truth_region) + areas(predicted_region) - areas(common),
        true=areas(outlines.true),
        true_met=areas(outlines.true[outlines.true_near_predicted]),
        predicted=areas(outlines.predicted),
        predicted_met=areas(outlines.predicted[outlines.predicted_near_true]),
    )


def iou(counts: BoundaryCounts, shown: Mask) -> Floats:
    """Return the boundary IoU of each class, ``(S,)``; ``nan`` for classes that are not ``shown`` in the truth."""
    return ratio(counts.intersection, np.where(shown, counts.union, 0))


def f1(counts: BoundaryCounts, shown: Mask) -> Floats:
    """Return the boundary F1 of each class, ``(S,)``; ``nan`` for classes that are not ``shown`` in the truth.

    Precision is the share of the predicted outline that is near one in the truth, recall the share of the outline in
    the truth that is near a predicted one; F1 is their harmonic mean. It is 0 where only one of the two has an outline,
    and ``nan`` where neither has, because the class fills whole images.

    Source: Csurka et al. 2013, What is a good evaluation measure for semantic segmentation?, section 2. They average F1
    over the images; here the pixels are pooled over them first, as for all scores of a split.
    """
    precision = np.nan_to_num(ratio(counts.predicted_met, counts.predicted))
    recall = np.nan_to_num(ratio(counts.true_met, counts.true))
    harmonic = np.nan_to_num(ratio(2 * precision * recall, precision + recall))
    return np.where(shown & (counts.true + counts.predicted > 0), harmonic, np.nan)


def tolerance(shape: tuple[int, ...]) -> float:
    """Return the distance in pixels up to which two outlines of an image ``(H, W)`` count as one.

    >>> tolerance((300, 400)), tolerance((10, 10))
    (3.75, 1.0)
    """
    return max(1.0, TOLERANCE * math.hypot(*shape))


def _outlines(labels: Labels, outside: int) -> Labels:
    """Keep the labels of pixels with a neighbour (of eight) of another class or of none; ``outside`` elsewhere.

    The image's border is no outline: nobody knows where an object ends that it cuts off.
    """
    square = np.ones((3, 3), np.uint8)  # OpenCV looks at no pixel outside the image
    return np.where(cv2.erode(labels, square) == cv2.dilate(labels, square), np.uint8(outside), labels)


def _near(outlines: Labels, maps: list[Labels], scored: int) -> list[Mask]:
    """Return for each label map which pixels are near an outline of their own class, all ``(H, W)``."""
    found = [np.zeros(labels.shape, bool) for labels in maps]
    distance = tolerance(outlines.shape)
    for index in np.flatnonzero(np.bincount(outlines.ravel(), minlength=scored + 1)[:scored]):
        line = (outlines == index).view(np.uint8)
        part = _around(line, math.ceil(distance))
        away = cv2.distanceTransform(1 - line[part], cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near = away <= distance
        for mask, labels in zip(found, maps, strict=True):
            mask[part] |= near & (labels[part] == index)
    return found


def _around(mask: NDArray[np.uint8], margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of the smallest box around all of a mask, widened by a margin."""
    left, top, width, height = cv2.boundingRect(mask)
    return (
        slice(max(0, top - margin), top + height + margin),
        slice(max(0, left - margin), left + width + margin),
    )


def _boundary_region(labels: Labels, outside: int) -> Labels:
    """Keep the labels of all pixels within the boundary width of their class's contour; ``outside`` elsewhere.

    This equals the mask of each class minus its erosion (``d`` times by a 3x3 square, zeros around the image). A pixel
    survives the erosion if the square of ``2 d + 1`` around it holds its label only, so the smallest and the largest
    label in that square decide for all classes at once. The image's border is a contour, and so is the edge of void.

    Source: Cheng et al. 2021, Boundary IoU, section 4, and its reference implementation (``mask_to_boundary``).
    """
    height, width = labels.shape
    d = max(1, round(WIDTH * math.hypot(height, width)))
    padded = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[outside])
    square = np.ones((2 * d + 1, 2 * d + 1), np.uint8)
    smallest, largest = cv2.erode(padded, square)[1:-1, 1:-1], cv2.dilate(padded, square)[1:-1, 1:-1]
    return np.where(smallest == largest, np.uint8(outside), labels)
