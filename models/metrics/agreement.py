"""Measures how far models agree on an image, in the classes that their datasets share.

No model is the reference, so every figure is symmetric. As in ``models.metrics.segmentation``, counts come first and
formulas over the counts follow; ``K`` is the number of classes that two models share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.label_maps import label_histogram, resize_nearest
from data.shared_classes import ANYTHING_ELSE, SharedClass, shared_classes
from models.metrics.segmentation import Integers, Labels, iou, mean_over_present, pixel_accuracy, tp_fp_fn


class Level(IntEnum):
    """Degree of disagreement at a pixel: the share of comparable pairs of models that differ."""

    NOT_COMPARABLE = 0
    """No two predictions can be compared."""
    AGREE = 1
    """No pair differs."""
    SOME = 2
    """Up to two thirds of the pairs differ; three to five models of one dataset then predict exactly two classes."""
    MOST = 3
    """More than two thirds of the pairs differ; for two models, they differ."""


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of two models, given by their indices, on an image.

    ``confusion`` ``(K + 1, K + 1)`` counts pixels by the shared class that the first (rows) and second model predict.
    The last row and column hold predictions of classes that the other model lacks.
    """

    first: int
    second: int
    shared: tuple[SharedClass, ...]  # the K classes they are compared in; empty if there are none
    confusion: Integers

    @property
    def agreement(self) -> float:
        """The share of the comparable pixels on which both predict the same class; ``nan`` if there are none."""
        return pixel_accuracy(self.confusion)

    @property
    def comparable(self) -> float:
        """The share of the image on which both predict a shared class."""
        return float(self.confusion[:-1, :-1].sum() / self.confusion.sum())

    @property
    def featureless(self) -> bool:
        """Whether both predict only *anything else* where they can be compared: they agree, but on no object.

        Always false for models of one dataset, which share every class.
        """
        names = [one.name for one in self.shared]
        if ANYTHING_ELSE not in names:
            return False
        rest = names.index(ANYTHING_ELSE)
        return bool(0 < self.confusion[rest, rest] == self.confusion[:-1, :-1].sum())

    @property
    def miou(self) -> float:
        """The mean IoU over the shared classes that either predicts; ``nan`` if nothing is comparable."""
        return mean_overlap(self.confusion)


@dataclass(frozen=True)
class Agreement:
    """Agreement of several models on an image."""

    pairs: tuple[PairAgreement, ...]  # in the order of ``itertools.combinations``
    comparable: NDArray[np.uint16]  # (H, W) number of pairs that can be compared at a pixel
    differing: NDArray[np.uint16]  # (H, W) number of those that differ

    def levels(self) -> Labels:
        """Return the ``Level`` of every pixel, ``(H, W)``."""
        levels = np.full(self.comparable.shape, Level.NOT_COMPARABLE, np.uint8)
        levels[self.comparable > 0] = Level.AGREE
        levels[self.differing > 0] = Level.SOME
        levels[3 * self.differing > 2 * self.comparable] = Level.MOST
        return levels


def agreement(labels: Sequence[Labels], datasets: Sequence[Dataset]) -> Agreement:
    """Compare the predictions of several models for one image.

    Args:
        labels: One label map ``(h, w)`` per model, of any sizes; all are resized to the largest by nearest neighbour.
        datasets: The dataset each model was trained on; a pair is compared in the classes that its datasets share.
    """
    height, width = max((plane.shape for plane in labels), key=lambda shape: (shape[0] * shape[1], shape))
    planes = [resize_nearest(plane, height, width) for plane in labels]
    comparable, differing = np.zeros((2, height, width), np.uint16)
    pairs = []
    for first, second in combinations(range(len(planes)), 2):
        shared = shared_classes(datasets[first], datasets[second])
        mine = _shared_index(planes[first], [one.first for one in shared])
        theirs = _shared_index(planes[second], [one.second for one in shared])
        known = (mine < len(shared)) & (theirs < len(shared))
        comparable += known
        differing += known & (mine != theirs)
        pairs.append(PairAgreement(first, second, shared, _confusion(mine, theirs, len(shared) + 1)))
    return Agreement(tuple(pairs), comparable, differing)


def mean_overlap(confusion: Integers) -> float:
    """Return the mean IoU over all classes that either model predicts, from ``PairAgreement.confusion``.

    Both predict cat on two pixels; on a third the first predicts cat and the second dog: 2/3 for cat, 0 for dog.

    >>> mean_overlap(np.array([[2, 1, 0], [0, 0, 0], [5, 0, 0]]))
    0.3333333333333333
    """
    both, only_second, only_first = tp_fp_fn(confusion)
    return float(mean_over_present(iou(both, np.zeros_like(both), only_first + only_second)))


def _shared_index(labels: Labels, classes: Sequence[Sequence[int]]) -> Labels:
    """Turn ids into the index of the shared class that holds them, and all others into ``len(classes)``."""
    table = np.full(256, len(classes), np.uint8)
    for index, class_ids in enumerate(classes):
        table[list(class_ids)] = index
    return np.asarray(cv2.LUT(labels, table), np.uint8)


def _confusion(first: Labels, second: Labels, side: int) -> Integers:
    if side * side <= 256:
        return label_histogram(first * np.uint8(side) + second)[: side * side].reshape(side, side)
    joint = first * np.uint16(side) + second  # a side is at most 256, so this fits 16 bits
    return np.bincount(joint.ravel(), minlength=side * side).reshape(side, side)
