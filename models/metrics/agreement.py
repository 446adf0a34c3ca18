"""How far models agree on one picture, class by class or, across datasets, in the classes that both can tell apart.

Nobody's answer is the truth here, so every figure is the same whichever model comes first. As in ``models.metrics``,
counting comes first and formulas over the counts follow; ``K`` is the number of classes that two models share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.row_chunks import count_values
from data.shared_classes import ANYTHING_ELSE, SharedClass, shared_classes
from models.metrics.segmentation import Integers, Labels, iou, mean_over_present, pixel_accuracy, tp_fp_fn


class Level(IntEnum):
    """What the models make of a pixel: how many of the pairs that can be compared there differ."""

    NOT_COMPARABLE = 0
    """No two answers can be compared."""
    AGREE = 1
    """No pair differs."""
    SOME = 2
    """Up to two thirds of the pairs differ; three to five models of one dataset then give exactly two answers."""
    MOST = 3
    """More than two thirds of the pairs differ; for two models, they differ."""


@dataclass(frozen=True)
class PairAgreement:
    """How far two models agree on a picture.

    Attributes:
        first: Index of one model.
        second: Index of the other.
        shared: The classes they are compared in, ``K`` of them; none if there is nothing they could differ on.
        confusion: ``(K + 1, K + 1)``, pixels by the shared class of the first (rows) and second model's answer; the
            last row and column are for answers that the other model has no class for.
    """

    first: int
    second: int
    shared: tuple[SharedClass, ...]
    confusion: Integers

    @property
    def agreement(self) -> float:
        """The share of the comparable pixels with one shared class for both; ``nan`` if there are none."""
        return pixel_accuracy(self.confusion)

    @property
    def comparable(self) -> float:
        """The share of the picture on which both answers are in a shared class."""
        return float(self.confusion[:-1, :-1].sum() / self.confusion.sum())

    @property
    def featureless(self) -> bool:
        """Whether both answer only *anything else* where they can be compared: they agree, but on nothing they found.

        Only of models of different datasets; those of one dataset both know the class that they see.
        """
        names = [one.name for one in self.shared]
        if ANYTHING_ELSE not in names:
            return False
        rest = names.index(ANYTHING_ELSE)
        return bool(0 < self.confusion[rest, rest] == self.confusion[:-1, :-1].sum())

    @property
    def miou(self) -> float:
        """The mean IoU over the shared classes that either answers; ``nan`` if nothing is comparable."""
        return mean_overlap(self.confusion)


@dataclass(frozen=True)
class Agreement:
    """How far several models agree on a picture.

    Attributes:
        pairs: All pairs of models, in the order of ``itertools.combinations``.
        comparable: ``(H, W)``, the number of pairs that can be compared at a pixel.
        differing: ``(H, W)``, how many of them differ.
    """

    pairs: tuple[PairAgreement, ...]
    comparable: NDArray[np.uint16]
    differing: NDArray[np.uint16]

    def levels(self) -> Labels:
        """Return the ``Level`` of every pixel, ``(H, W)``."""
        levels = np.full(self.comparable.shape, Level.NOT_COMPARABLE, np.uint8)
        levels[self.comparable > 0] = Level.AGREE
        levels[self.differing > 0] = Level.SOME
        levels[3 * self.differing > 2 * self.comparable] = Level.MOST
        return levels


def agreement(labels: Sequence[Labels], datasets: Sequence[Dataset]) -> Agreement:
    """Compare the answers of several models for one picture.

    Args:
        labels: One label map ``(h, w)`` per model, of any sizes; all are brought to the largest by nearest neighbour.
        datasets: The dataset that each model was trained on.

    Returns:
        The comparison of every pair, and of all at every pixel. Two answers are compared by the classes that their
        datasets share, as in ``data.shared_classes``; models of one dataset class by class.
    """
    height, width = max((plane.shape for plane in labels), key=lambda shape: (shape[0] * shape[1], shape))
    planes = [_resize(plane, height, width) for plane in labels]
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
    """Return the mean IoU over all classes that either side shows, as ``(K + 1, K + 1)`` of ``PairAgreement``.

    Both say cat on two pixels, the second says dog on one more of the cat's: 2/3 for the cat, 0 for the dog.

    >>> mean_overlap(np.array([[2, 1, 0], [0, 0, 0], [5, 0, 0]]))
    0.3333333333333333
    """
    both, only_second, only_first = tp_fp_fn(confusion)
    return float(mean_over_present(iou(both, np.zeros_like(both), only_first + only_second)))


def _resize(labels: Labels, height: int, width: int) -> Labels:
    if labels.shape == (height, width):
        return labels
    return np.asarray(cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _shared_index(labels: Labels, classes: Sequence[Sequence[int]]) -> Labels:
    """Turn ids into the index of the shared class that holds them, and all others into ``len(classes)``."""
    table = np.full(256, len(classes), np.uint8)
    for index, idents in enumerate(classes):
        table[list(idents)] = index
    return np.asarray(cv2.LUT(labels, table), np.uint8)


def _confusion(first: Labels, second: Labels, side: int) -> Integers:
    if side * side <= 256:
        return count_values(first * np.uint8(side) + second)[: side * side].reshape(side, side)
    joint = first * np.uint16(side) + second  # a side is at most 256, so this fits 16 bits
    return np.bincount(joint.ravel(), minlength=side * side).reshape(side, side)
