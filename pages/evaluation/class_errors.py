"""The errors of one class: the images that have most of them, and which pixels they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.metrics.segmentation import iou
from pages.shared.content.scores import Scores

FOUND, MISSED, INVENTED, OTHER = range(4)
SPACE = LabelSpace(
    ("found", "missed", "invented", "not of this class"), ("#0072b2", "#e69f00", "#cc79a7", "#808080"), 3
)
"""What a pixel is for one class; the last is not coloured."""


@dataclass(frozen=True)
class ClassImage:
    """The pixels of a class in an image: how many of the truth were missed, and how many were invented."""

    id: str
    name: str
    iou: float
    missed: int
    invented: int

    @property
    def caption(self) -> str:
        """The text below its strip."""
        shown = "not in the truth" if np.isnan(self.iou) else f"IoU {self.iou:.3f}"
        return f"{self.id}: {self.name}, {shown}, {self.missed:,} pixels missed, {self.invented:,} invented"


def ranked(one: Scores, name: str, most: int, *, worst: bool) -> list[ClassImage]:
    """Return up to ``most`` images of a class: those with most wrong pixels, or those with the best IoU, first."""
    counts = one.counts
    tp, fp, fn = counts.counts[..., counts.classes.index(name)]
    scores = iou(tp, fp, fn)
    if worst:
        order = np.argsort(-(fp + fn), kind="stable")
        chosen = [index for index in order if fp[index] + fn[index] > 0]
    else:
        order = np.argsort(-np.nan_to_num(scores, nan=-1), kind="stable")
        chosen = [index for index in order if tp[index] > 0]
    return [
        ClassImage(counts.ids[index], name, float(scores[index]), int(fn[index]), int(fp[index]))
        for index in chosen[:most]
    ]


def lit(
    class_id: int, truth: NDArray[np.uint8], predicted: NDArray[np.uint8], scored: Sequence[int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the pixels of a class in the truth, and what they are in the prediction, as ids of ``SPACE``.

    All are ``(H, W)``. Pixels whose truth is not ``scored`` belong to neither.
    """
    counted = np.isin(truth, scored)
    true, found = (truth == class_id) & counted, (predicted == class_id) & counted
    kinds = np.full(truth.shape, OTHER, np.uint8)
    kinds[true & found], kinds[true & ~found], kinds[found & ~true] = FOUND, MISSED, INVENTED
    return np.where(true, FOUND, OTHER).astype(np.uint8), kinds
