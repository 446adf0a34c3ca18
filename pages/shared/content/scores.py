"""Evaluations as tables for the pages: one ``Scores`` per run and split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from models.metrics.bootstrap import ImageCounts
from models.metrics.segmentation import iou
from models.runs.evaluation import Evaluation, SplitScores
from models.runs.model import Model
from pages.shared.content.predictions import weights_digest
from pages.shared.ui import cli_commands

SUMMARY = {
    "miou": (
        "mIoU",
        "IoU of each class, pooled over all images of the split at the masks' own size, averaged over those in it.",
    ),
    "pixel_accuracy": ("Pixel accuracy", "Share of the scored pixels with the right class."),
    "mean_accuracy": ("Mean accuracy", "Share of each class's pixels that is found, averaged over the classes."),
    "frequency_weighted_iou": ("Weighted IoU", "IoU averaged over the classes, each by its share of the pixels."),
    "boundary_iou": (
        "Boundary IoU",
        "IoU of the strips along the outlines, 2 % of the image's diagonal wide (Cheng et al. 2021).",
    ),
    "calibration_error": (
        "Calibration error",
        "Gap between confidence and accuracy, averaged over the pixels in 15 equal bins. 0 is perfect.",
    ),
}
"""Title and definition of every score of a split, in the order of the page."""
DETECTION = {
    "map50": (
        "mAP50",
        "Area under the curve of precision against recall (all points, as in PASCAL VOC), averaged over the classes.",
    ),
    "precision": ("Precision", "Share of the predicted regions that find an object."),
    "recall": ("Recall", "Share of the objects that a region finds."),
}
"""Title and definition of every detection score."""


@dataclass(frozen=True)
class Scores:
    """The complete scores of a run, called ``name`` on the page; the properties have ``nan`` for undefined ones."""

    name: str
    run: Model
    split: str
    stored: SplitScores

    @cached_property
    def summary(self) -> dict[str, float]:
        """A value for each key of ``SUMMARY``."""
        return {key: _number(getattr(self.stored, key)) for key in SUMMARY}

    @cached_property
    def subsets(self) -> dict[str, float]:
        """The means over subsets of the classes, by name."""
        return {subset: _number(value) for subset, value in self.stored.subsets.items()}

    @cached_property
    def classes(self) -> pd.DataFrame:
        """One row per scored class: ``name, iou, pixels``; ``iou`` is ``nan`` for an absent class."""
        return _table(self.stored.classes, ["name", "iou", "pixels"]).astype({"iou": float})

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """``(S, S)`` pixels by truth (rows) and prediction (columns)."""
        return np.array(self.stored.confusion, np.int64).reshape(2 * (len(self.stored.classes),))

    @cached_property
    def counts(self) -> ImageCounts:
        """Counts image by image, for the comparison of two models."""
        return ImageCounts.from_evaluation(self.stored)

    @cached_property
    def images(self) -> pd.DataFrame:
        """One row per image: ``id``, ``miou``, the class with the lowest IoU as ``worst``, and its ``worst_iou``."""
        rows = []
        for image, ious in zip(self.stored.per_image, iou(*self.counts.counts), strict=True):
            shown = [pair for pair in zip(ious, self.counts.classes, strict=True) if not math.isnan(pair[0])]
            lowest, worst = min(shown, key=itemgetter(0), default=(math.nan, ""))
            rows.append((image.id, _number(image.miou), worst, lowest))
        return pd.DataFrame(rows, columns=["id", "miou", "worst", "worst_iou"])

    @cached_property
    def bins(self) -> pd.DataFrame:
        """One row per bin of the confidence: ``pixels, accuracy, confidence``."""
        return _table(self.stored.calibration, ["pixels", "accuracy", "confidence"]).astype(float)


def read(runs: Mapping[str, Model]) -> tuple[list[Scores], list[str]]:
    """Return the scores of all runs, in their order, and one sentence for each evaluation that can't be used."""
    found, problems = [], []
    for name, run in runs.items():
        file, remedy = run.path / "evaluation.json", _remedy(run)
        if fault := run.evaluation_fault():
            problems.append(f"{file}: {fault}, so {name} has no scores; {remedy}.")
        evaluation = run.evaluation() or Evaluation()
        for split, stored in evaluation.splits.items():
            if not stored.complete:
                problems.append(f"{file}: the scores of {split} are incomplete; {remedy}.")
            elif not is_current(run, stored):
                problems.append(f"{name} has other weights now than when it was scored on {split}; {remedy}.")
            else:
                found.append(Scores(name, run, split, stored))
        for split, fault in evaluation.faults.items():
            problems.append(f"{file}: the scores of {split} are invalid ({fault}); {remedy}.")
    return found, problems


def of(scores: Sequence[Scores], dataset: str, split: str) -> list[Scores]:
    """Return the scores on a split of a dataset, best mIoU first."""
    chosen = [one for one in scores if one.run.dataset.name == dataset and one.split == split]
    return sorted(chosen, key=lambda one: -one.summary["miou"] if not math.isnan(one.summary["miou"]) else 1)


def datasets(scores: Sequence[Scores]) -> dict[str, str]:
    """Return the titles of the datasets with scores, by name."""
    return dict(sorted((one.run.dataset.name, one.run.dataset.title) for one in scores))


def splits(scores: Sequence[Scores], dataset: str) -> list[str]:
    """Return the splits of a dataset with scores, ``val`` first."""
    names = {one.split for one in scores if one.run.dataset.name == dataset}
    return sorted(names, key=lambda name: (name != "val", name))


def remark_on_images(scores: Sequence[Scores]) -> str:
    """Return a warning if the models were scored on different images, else an empty string."""
    by_images: dict[str, list[str]] = {}
    for one in scores:
        by_images.setdefault(one.stored.images.digest, []).append(one.name)
    if len(by_images) < 2:
        return ""
    groups = "; ".join(", ".join(names) for names in by_images.values())
    return f"Not all were scored on the same images, so only these compare: {groups}."


def is_current(run: Model, scores: SplitScores) -> bool:
    """Return whether scores belong to the run's present weights; the checksums of a published run ensure it."""
    return run.published or (run.is_ready and scores.weights == weights_digest(run))


def _remedy(run: Model) -> str:
    if run.published:
        return "restore the file from the repository"
    return f"score it again with: {cli_commands.evaluate(run)}"


def _table(rows: Sequence[BaseModel], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([vars(row) for row in rows], columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
