"""Detection metrics of a label map's regions: matching with true boxes first, then formulas over the matches.

A region is correct if its box and a true box of its class have an intersection over union of at least ``IOU``. As in
PASCAL VOC and COCO, the regions of a class are matched in descending order of confidence in each image, and each takes
the best remaining box (COCO's rule), so a second region on one object is wrong. A region's score is its mean
confidence.

Regions are not instances: touching things of one class form one region, which matches at most one of their boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.metrics.regions import Region

IOU = 0.5
"""Least intersection over union of a region's box and its matched true box."""


@dataclass(frozen=True)
class Matches:
    """The matches of one image or several; add two to pool them, or pool many at once."""

    idents: NDArray[np.int64]  # (P,) class of each predicted region
    confidence: NDArray[np.float64]  # (P,) its mean confidence, 0 to 1
    right: NDArray[np.bool_]  # (P,) whether it matches a true box
    truth: NDArray[np.int64]  # (C,) true boxes by class id

    @classmethod
    def none(cls, label_space: LabelSpace) -> "Matches":
        """Return the matches of zero images."""
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool), np.zeros(len(label_space), np.int64))

    def __add__(self, other: "Matches") -> "Matches":
        """Pool the matches of both."""
        return Matches.pooled([self, other])

    @classmethod
    def pooled(cls, parts: "Sequence[Matches]") -> "Matches":
        """Pool the matches of one or more images; adding them one by one would copy the first ones ever again."""
        return cls(
            np.concatenate([part.idents for part in parts]),
            np.concatenate([part.confidence for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.sum([part.truth for part in parts], axis=0),
        )

    def of(self, ident: int) -> "Matches":
        """Return the matches of one class."""
        mine = self.idents == ident
        truth = np.where(np.arange(len(self.truth)) == ident, self.truth, 0)
        return Matches(self.idents[mine], self.confidence[mine], self.right[mine], truth)


def match(found: Sequence[Region], boxes: NDArray[np.int32], label_space: LabelSpace) -> Matches:
    """Match the regions of one image with its true boxes, by class and from the most to the least confident.

    ``boxes`` ``(N, 5)`` are id, left, top, width and height in pixels of the mask, as are the regions.

    Two regions overlap the first box: the more confident one matches it, although the other one fits better.

    >>> space = LabelSpace(("background", "cat"), ("#000000", "#ffffff"))
    >>> found = [Region(1, (0, 0, 10, 10), 90, 0.6), Region(1, (0, 0, 10, 8), 70, 0.9)]
    >>> boxes = np.array([[1, 0, 0, 10, 10], [1, 50, 50, 5, 5]], np.int32)
    >>> matches = match(found, boxes, space)
    >>> matches.right, precision(matches), recall(matches)
    (array([ True, False]), 0.5, 0.5)
    """
    ranked = sorted(found, key=lambda one: (one.ident, -_rank(one)))
    predicted = np.array([one.box for one in ranked], np.float64).reshape(-1, 4)
    overlaps = box_iou(predicted, boxes[:, 1:].astype(np.float64))
    free = np.ones(len(boxes), bool)
    right = np.zeros(len(ranked), bool)
    for index, one in enumerate(ranked):
        candidates = np.where(free & (boxes[:, 0] == one.ident), overlaps[index], 0)
        if len(candidates) and candidates.max() >= IOU:
            right[index] = True
            free[candidates.argmax()] = False
    return Matches(
        np.array([one.ident for one in ranked], np.int64),
        np.array([_rank(one) for one in ranked], np.float64),
        right,
        np.bincount(boxes[:, 0], minlength=len(label_space)),
    )


def _rank(region: Region) -> float:
    """Return the confidence by which regions are ranked; without it, all are equal."""
    return 1.0 if region.confidence is None else region.confidence


def box_iou(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Return the IoU ``(N, M)`` of each box ``(N, 4)`` with each ``(M, 4)``: left, top, width, height, none empty.

    >>> box_iou(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 2], [1, 0, 2, 2], [2, 0, 2, 2]])).round(3)
    array([[1.   , 0.333, 0.   ]])
    """
    start = np.maximum(first[:, None, :2], second[None, :, :2])
    end = np.minimum(first[:, None, :2] + first[:, None, 2:], second[None, :, :2] + second[None, :, 2:])
    shared = np.clip(end - start, 0, None).prod(axis=2)
    areas = first[:, None, 2:].prod(axis=2) + second[None, :, 2:].prod(axis=2)
    return shared / (areas - shared)


def precision(matches: Matches) -> float:
    """Return the share of the predicted regions that are correct; ``nan`` if there are none."""
    return float(matches.right.mean()) if len(matches.right) else float("nan")


def recall(matches: Matches) -> float:
    """Return the share of the true boxes that are found; ``nan`` if there are none."""
    boxes = matches.truth.sum()
    return float(matches.right.sum() / boxes) if boxes else float("nan")


def average_precision(matches: Matches, ident: int) -> float:
    """Return the area under the curve of precision against recall of one class; ``nan`` if it has no true box.

    The precision at each recall is the best at that recall or a higher one, and every point counts: the all-points
    interpolation of PASCAL VOC 2010 and later, not the 101 points of COCO.

    Of three boxes two are found, by the first and the third region: 1/3 at precision 1 and 1/3 at precision 2/3.

    >>> right, truth = np.array([True, False, True]), np.array([0, 3])
    >>> round(average_precision(Matches(np.array([1, 1, 1]), np.array([0.9, 0.8, 0.7]), right, truth), 1), 4)
    0.5556

    Source: The PASCAL VOC Challenge 2012 Development Kit (Everingham et al.), section 3.4.1.
    """
    mine = matches.of(ident)
    if not mine.truth[ident]:
        return float("nan")
    right = mine.right[np.argsort(-mine.confidence, kind="stable")]
    reached = right.cumsum() / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(reached[::-1])[::-1]
    return float(best[right].sum() / mine.truth[ident])


def mean_average_precision(matches: Matches) -> float:
    """Return the mean of ``average_precision`` over the classes with true boxes; ``nan`` if there are none."""
    values = [average_precision(matches, int(ident)) for ident in np.flatnonzero(matches.truth)]
    return float(np.mean(values)) if values else float("nan")
