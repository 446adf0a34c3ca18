"""What a class loses its IoU by: every wrong pixel has exactly one kind, so the kinds add up to 1 - IoU.

A pixel with the true class c and another prediction d is wrong twice: c misses it, and d invents it. It is counted for
both, each time by this table, from top to bottom. A region is a connected area of a class in one of the label maps
(pixels that touch at a corner are connected); it is *lost* if not one of its pixels has its class in the other map. Own
is the region of the class that is counted: the true region of c, the predicted region of d.

================ ============================ ==================================================================
own region       the other's region           kind
================ ============================ ==================================================================
lost             lost                         ``CONFUSION``: one class took the place of the other
lost             not lost                     ``MISSED`` for c, ``INVENTED`` for d: an object too few or too many
not lost         any, and an outline is near  ``BOUNDARY``: the outline of the class in the truth, within ``TOLERANCE``
not lost         lost                         ``CONFUSION``: a part of the object is taken for something else
not lost         not lost                     ``INTERIOR``: all that remains, such as holes and parts too many
================ ============================ ==================================================================

The definition is our own. Its ideas: errors by cause, each counted once, from Hoiem et al. 2012 (Diagnosing Error in
Object Detectors) and Bolya et al. 2020 (TIDE); the band along the outline from Kohli et al. 2009 (Robust Higher Order
Potentials, the trimap of its evaluation), as wide as the tolerance of the boundary F1.

Void pixels are not counted, but connect predicted regions: what a model predicts there joins the parts on both sides.
"""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from models.metrics.boundary import Mask, Outlines
from models.metrics.segmentation import Integers, Labels


class Kind(IntEnum):
    """The kinds of wrong pixels of a class."""

    BOUNDARY = 0
    CONFUSION = 1
    MISSED = 2
    INVENTED = 3
    INTERIOR = 4


@dataclass(frozen=True)
class ErrorCounts:
    """The wrong pixels of each class; add two to pool them."""

    kinds: Integers  # (S, 5) false negatives and false positives by kind
    partners: Integers  # (S, S) those of the kind ``CONFUSION`` by the other class

    @classmethod
    def none(cls, scored: int) -> "ErrorCounts":
        """Return the counts of zero images."""
        return cls(np.zeros((scored, len(Kind)), np.int64), np.zeros((scored, scored), np.int64))

    def __add__(self, other: "ErrorCounts") -> "ErrorCounts":
        """Pool the counts of both."""
        return ErrorCounts(self.kinds + other.kinds, self.partners + other.partners)


def _table(lost: Kind) -> NDArray[np.uint8]:
    """Return the kind by own region lost + 2 * other region lost + 4 * near an outline."""
    kinds = np.empty((2, 2, 2), np.uint8)  # near, other lost, own lost
    kinds[:, 1, 1], kinds[:, 0, 1] = Kind.CONFUSION, lost
    kinds[1, :, 0] = Kind.BOUNDARY
    kinds[0, 1, 0], kinds[0, 0, 0] = Kind.CONFUSION, Kind.INTERIOR
    return kinds.ravel()


_OF_TRUTH, _OF_PREDICTION = _table(Kind.MISSED), _table(Kind.INVENTED)


def count(truth: Labels, predicted: Labels, outlines: Outlines, scored: int) -> ErrorCounts:
    """Count the wrong pixels of one image.

    Args:
        truth: ``(H, W)`` indices of the scored classes, ``scored`` where pixels are ignored.
        predicted: ``(H, W)`` indices of the scored classes, on ignored pixels, too.
        outlines: The outlines of the two.
        scored: Number of scored classes, ``S``.
    """
    wrong = (truth != predicted) & (truth != scored)
    if not wrong.any():
        return ErrorCounts.none(scored)
    right = truth == predicted
    true, other = truth[wrong], predicted[wrong]
    true_lost, other_lost = _lost(truth, wrong, right)[wrong], _lost(predicted, wrong, right)[wrong]
    of_truth = _OF_TRUTH[true_lost + 2 * other_lost + 4 * outlines.true_near_true[wrong]]
    of_prediction = _OF_PREDICTION[other_lost + 2 * true_lost + 4 * outlines.predicted_near_true[wrong]]
    confused, also = of_truth == Kind.CONFUSION, of_prediction == Kind.CONFUSION
    partners = _pairs(true[confused], other[confused], scored, scored) + _pairs(other[also], true[also], scored, scored)
    kinds = _pairs(true, of_truth, scored, len(Kind)) + _pairs(other, of_prediction, scored, len(Kind))
    return ErrorCounts(kinds, partners)


def _lost(labels: Labels, wrong: Mask, right: Mask) -> NDArray[np.uint8]:
    """Return 1 where a pixel's region has no ``right`` pixel, else 0, ``(H, W)``; valid on ``wrong`` pixels."""
    lost = np.zeros(labels.shape, np.uint8)
    for index in np.flatnonzero(np.bincount(labels[wrong])):
        mask = (labels == index).view(np.uint8)
        left, top, width, height = cv2.boundingRect(mask)
        part = slice(top, top + height), slice(left, left + width)
        number, regions = cv2.connectedComponents(mask[part], connectivity=8, ltype=cv2.CV_32S)
        found = np.zeros(number, bool)
        found[regions[right[part]]] = True
        found[0] = True  # the pixels of other classes
        if not found.all():
            lost[part] |= (~found)[regions]
    return lost


def _pairs(first: Labels, second: NDArray[np.uint8], rows: int, columns: int) -> Integers:
    """Count pairs of values ``(N,)`` in a matrix ``(rows, columns)``."""
    joint = first.astype(np.int64) * columns + second
    return np.bincount(joint, minlength=rows * columns).reshape(rows, columns)
