"""The errors of one class: the images that have most of them, and which pixels they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.label_space import LabelSpace
from models.metrics.segmentation import iou
from pages.evaluation.lighting import Panel, Pixels
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

    @property
    def row(self) -> dict[str, Any]:
        """Its row in a table."""
        return {"Image": self.id, "IoU": self.iou, "Missed pixels": self.missed, "Invented pixels": self.invented}


@dataclass(frozen=True)
class OfClass:
    """The pixels of one class, in the truth or in the prediction."""

    name: str

    def legends(self, space: LabelSpace) -> list[LabelSpace]:
        """Return the legend of both parts."""
        return [SPACE]

    @property
    def shown(self) -> str:
        """What the last part of a strip shows."""
        return f"the pixels of {self.name} found"

    def panels(self, pixels: Pixels) -> tuple[Panel, Panel]:
        """Light the pixels of the class in the truth, and what they are in the prediction.

        Pixels that are not scored belong to neither.
        """
        class_id, counted = pixels.space.id_of(self.name), pixels.scored
        true, found = (pixels.truth == class_id) & counted, (pixels.predicted == class_id) & counted
        kinds = np.full(pixels.truth.shape, OTHER, np.uint8)
        kinds[true & found], kinds[true & ~found], kinds[found & ~true] = FOUND, MISSED, INVENTED
        return (np.where(true, FOUND, OTHER).astype(np.uint8), SPACE), (kinds, SPACE)

    def ranked(self, one: Scores, most: int, *, worst: bool) -> list[ClassImage]:
        """Return up to ``most`` images: those with most wrong pixels of the class, or with its best IoU, first."""
        counts = one.counts
        tp, fp, fn = counts.counts[..., counts.classes.index(self.name)]
        scores = iou(tp, fp, fn)
        if worst:
            order, kept = np.argsort(-(fp + fn), kind="stable"), fp + fn > 0
        else:
            order, kept = np.argsort(-np.nan_to_num(scores, nan=-1), kind="stable"), tp > 0
        return [
            ClassImage(counts.ids[index], self.name, float(scores[index]), int(fn[index]), int(fp[index]))
            for index in order[kept[order]][:most]
        ]
