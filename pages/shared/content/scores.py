"""Evaluations as tables for the pages: one ``Scores`` per run and split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from models.metrics.bootstrap import ImageCounts
from models.metrics.segmentation import iou
from models.runs.evaluation import DetectionScores, ImageScores, SplitScores
from models.runs.run import Run
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
class Detection:
    """How well a model's regions find the objects of a split.

    Attributes:
        iou: IoU of two boxes from which an object counts as found.
        smallest: Smallest area of a region, as a share of the picture's pixels.
        summary: A value for each key of ``DETECTION``; ``nan`` if there is none.
        classes: One row per class: ``name, truth, predicted, ap50``; ``ap50`` is ``nan`` for an absent class.
    """

    iou: float
    smallest: float
    summary: dict[str, float]
    classes: pd.DataFrame

    @classmethod
    def of(cls, scores: DetectionScores) -> "Detection":
        """Tabulate detection scores."""
        classes = _table(scores.classes, ["name", "truth", "predicted", "ap50"])
        return cls(
            scores.iou,
            scores.smallest_object,
            {key: _number(getattr(scores, key)) for key in DETECTION},
            classes.astype({"truth": int, "predicted": int, "ap50": float}),
        )


@dataclass(frozen=True)
class Scores:
    """Scores of a model on a split.

    Attributes:
        name: Name of the model on the page.
        run: The run.
        split: Name of the split.
        summary: A value for each key of ``SUMMARY``; ``nan`` if there is none.
        subsets: Further means by name.
        classes: One row per scored class: ``name, iou, accuracy, pixels``; ``iou`` is ``nan`` for an absent class.
        confusion: ``(S, S)`` pixels by truth (rows) and prediction (columns).
        images: One row per image: ``id``, ``miou``, and the name of its worst class as ``worst``.
        bins: One row per bin of the confidence: ``pixels, accuracy, confidence``.
        counts: Counts image by image, for the comparison of two models.
        detection: Detection scores; None if the dataset has no boxes.
        left_out: Images of the split that were skipped because the model was trained on them.
        engine: Inference engine.
        date: Year, month and day of the evaluation.
    """

    name: str
    run: Run
    split: str
    summary: dict[str, float]
    subsets: dict[str, float]
    classes: pd.DataFrame
    confusion: NDArray[np.int64]
    images: pd.DataFrame
    bins: pd.DataFrame
    counts: ImageCounts
    detection: Detection | None
    left_out: int
    engine: str
    date: str


def read(runs: Mapping[str, Run]) -> tuple[list[Scores], list[str]]:
    """Read all evaluations.

    Args:
        runs: Runs by name.

    Returns:
        The scores in the order of the runs, and one sentence for each evaluation that can't be used.
    """
    found, problems = [], []
    for name, run in runs.items():
        file = run.path / "evaluation.json"
        evaluation = run.evaluation()
        if evaluation is None:
            if fault := run.evaluation_fault():
                problems.append(f"{file}: {fault}, so {name} has no scores; {_remedy(run)}.")
            continue
        for split, scores in evaluation.splits.items():
            if not scores.complete:
                problems.append(f"{file}: the scores of {split} are incomplete; {_remedy(run)}.")
            elif not is_current(run, scores):
                problems.append(f"{name} has other weights now than when it was scored on {split}; {_remedy(run)}.")
            else:
                found.append(of_split(name, run, split, scores))
        for split, fault in evaluation.faults.items():
            problems.append(f"{file}: the scores of {split} are invalid ({fault}); {_remedy(run)}.")
    return found, problems


def of_split(name: str, run: Run, split: str, scores: SplitScores) -> Scores:
    """Tabulate the complete scores of a split."""
    classes = _table(scores.classes, ["name", "iou", "accuracy", "pixels"])
    counts = ImageCounts.from_evaluation(scores)
    return Scores(
        name,
        run,
        split,
        {key: _number(getattr(scores, key)) for key in SUMMARY},
        {subset: _number(value) for subset, value in scores.subsets.items()},
        classes.astype({"iou": float, "accuracy": float}),
        np.array(scores.confusion, np.int64).reshape(len(classes), len(classes)),
        _images(scores.per_image, counts),
        _table(scores.calibration, ["pixels", "accuracy", "confidence"]).astype(float),
        counts,
        Detection.of(scores.detection) if scores.detection else None,
        scores.images.left_out,
        scores.engine,
        scores.date[:10],
    )


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
    counts: dict[str, list[str]] = {}
    for one in scores:
        counts.setdefault(one.counts.digest, []).append(one.name)
    if len(counts) < 2:
        return ""
    groups = "; ".join(", ".join(names) for names in counts.values())
    return f"Not all were scored on the same images, so only these compare: {groups}."


def is_current(run: Run, scores: SplitScores) -> bool:
    """Return whether scores belong to the run's present weights; the checksums of a published run ensure it."""
    return run.published or (run.weights.is_file() and scores.weights == weights_digest(run))


def _remedy(run: Run) -> str:
    if run.published:
        return "restore the file from the repository"
    return f"score it again with: {cli_commands.evaluate(run)}"


def _images(images: Sequence[ImageScores], counts: ImageCounts) -> pd.DataFrame:
    """Return id, mIoU and worst class of every image."""
    per_class = iou(*counts.counts)  # (images, S), nan for a class that the image does not show
    worst = [counts.classes[int(np.nanargmin(row))] if not np.isnan(row).all() else "" for row in per_class]
    return pd.DataFrame(
        {
            "id": list(counts.ids),
            "miou": [_number(image.miou) for image in images],
            "worst": worst,
            "worst_iou": [float(np.nanmin(row)) if not np.isnan(row).all() else math.nan for row in per_class],
        }
    )


def _table(rows: Sequence[BaseModel], columns: list[str]) -> pd.DataFrame:
    """Tabulate these fields of each row."""
    return pd.DataFrame([[getattr(row, column) for column in columns] for row in rows], columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
