"""What evaluations say: the ``evaluation.json`` of every run, checked, one ``Scores`` per run and split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.metrics.bootstrap import ImageCounts
from models.metrics.segmentation import iou
from models.runs.run import Run
from pages.shared.content.predictions import weights_digest
from pages.shared.ui import cli_commands

SUMMARY = {
    "miou": (
        "mIoU",
        "IoU of each class, pooled over all images of the split at the masks' own size, averaged over those in it.",
    ),
    "pixel_accuracy": ("Pixel accuracy", "Part of the scored pixels with the right class."),
    "mean_accuracy": ("Mean accuracy", "Part of each class's pixels that is found, averaged over the classes."),
    "frequency_weighted_iou": ("Weighted IoU", "IoU averaged over the classes, each by its share of the pixels."),
    "boundary_iou": (
        "Boundary IoU",
        "IoU of the strips along the outlines, 2 % of the image's diagonal wide (Cheng et al. 2021).",
    ),
    "calibration_error": (
        "Calibration error",
        "How far confidence and accuracy are apart, averaged over the pixels in 15 equal bins. 0 is perfect.",
    ),
}
"""Title and definition of every score of a split, in the order of the page."""


DETECTION = {
    "map50": (
        "mAP50",
        "Area under the curve of precision against recall (all points, as in PASCAL VOC), averaged over the classes.",
    ),
    "precision": ("Precision", "Part of the predicted regions that find an object."),
    "recall": ("Recall", "Part of the objects that a region finds."),
}
"""Title and definition of every score of how well objects are found."""


@dataclass(frozen=True)
class Detection:
    """How well a model's regions find the objects of a split.

    Attributes:
        iou: Least IoU of a region's box and that of the object it finds.
        smallest: Least area of a region, as a part of the picture's pixels.
        summary: A value for each key of ``DETECTION``; ``nan`` if there is none.
        classes: One row per class: ``name, truth, predicted, ap50``; ``ap50`` is ``nan`` for an absent class.
    """

    iou: float
    smallest: float
    summary: dict[str, float]
    classes: pd.DataFrame

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "Detection":
        """Read it from ``evaluation.json``. Raises as ``scores.parse`` does."""
        classes = pd.DataFrame(content["classes"], columns=["name", "truth", "predicted", "ap50"])
        return cls(
            float(content["iou"]),
            float(content["smallest_object"]),
            {key: _number(content[key]) for key in DETECTION},
            classes.astype({"truth": int, "predicted": int, "ap50": float}),
        )


@dataclass(frozen=True)
class Scores:
    """How a model did on a split.

    Attributes:
        name: What the model is called on the page.
        run: The run.
        split: Name of the split.
        summary: A value for each key of ``SUMMARY``; ``nan`` if there is none.
        subsets: Further means by name.
        classes: One row per scored class: ``name, iou, accuracy, pixels``; ``iou`` is ``nan`` for an absent class.
        confusion: ``(S, S)`` pixels by truth (rows) and prediction (columns).
        images: One row per image: ``id``, ``miou``, and the name of its worst class as ``worst``.
        bins: One row per bin of the confidence: ``pixels, accuracy, confidence``.
        counts: Counts image by image, for the comparison of two models.
        detection: How well it finds objects; None where the truth does not have them one by one.
        left_out: Images of the split that it was trained on.
        engine: What computed it.
        date: When, as year, month and day.
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
        Scores in the order of the runs, and one sentence for each evaluation that cannot be used.
    """
    found, problems = [], []
    for name, run in runs.items():
        file = run.path / "evaluation.json"
        content = run.evaluation()
        if content is None and file.is_file():
            problems.append(f"{file} is no JSON, so {name} has no scores; {_remedy(run)}.")
        for split, scores in (content or {}).items():
            if not isinstance(scores, dict):
                continue  # the number of the layout
            try:
                if not _of_these_weights(run, scores):
                    problems.append(f"{name} has other weights now than when it was scored on {split}; {_remedy(run)}.")
                    continue
                found.append(parse(name, run, split, scores))
            except (KeyError, TypeError, ValueError, AttributeError):
                problems.append(f"{file}: the scores of {split} are incomplete; {_remedy(run)}.")
    return found, problems


def parse(name: str, run: Run, split: str, content: Mapping[str, Any]) -> Scores:
    """Read one split of an ``evaluation.json``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` if it is none."""
    classes = pd.DataFrame(content["classes"], columns=["name", "iou", "accuracy", "pixels"])
    classes[["iou", "accuracy"]] = classes[["iou", "accuracy"]].astype(float)
    counts = ImageCounts.from_evaluation(content)
    confusion = np.array(content["confusion"], np.int64)
    if confusion.shape != (len(classes), len(classes)) or counts.counts.shape != (3, len(counts.ids), len(classes)):
        raise ValueError("the parts do not fit together")
    return Scores(
        name,
        run,
        split,
        {key: _number(content.get(key)) for key in SUMMARY},
        {str(subset): _number(value) for subset, value in (content.get("subsets") or {}).items()},
        classes,
        confusion,
        _images(content["per_image"], counts),
        pd.DataFrame(content.get("calibration") or [], columns=["pixels", "accuracy", "confidence"]).astype(float),
        counts,
        Detection.parse(content["detection"]) if content.get("detection") else None,  # older files don't speak of it
        int(content["images"].get("left_out", 0)),
        str(content.get("engine") or ""),
        str(content.get("date") or "")[:10],
    )


def of(scores: Sequence[Scores], dataset: str, split: str) -> list[Scores]:
    """Return the scores on a split of a dataset, best mIoU first."""
    chosen = [one for one in scores if one.run.dataset.name == dataset and one.split == split]
    return sorted(chosen, key=lambda one: -one.summary["miou"] if not math.isnan(one.summary["miou"]) else 1)


def datasets(scores: Sequence[Scores]) -> dict[str, str]:
    """Return the names of the datasets that something was scored on, with their titles."""
    return dict(sorted((one.run.dataset.name, one.run.dataset.title) for one in scores))


def splits(scores: Sequence[Scores], dataset: str) -> list[str]:
    """Return the splits of a dataset that something was scored on, ``val`` first."""
    names = {one.split for one in scores if one.run.dataset.name == dataset}
    return sorted(names, key=lambda name: (name != "val", name))


def remark_on_images(scores: Sequence[Scores]) -> str:
    """Return a warning if not all were scored on the same images, else nothing."""
    counts: dict[str, list[str]] = {}
    for one in scores:
        counts.setdefault(one.counts.digest, []).append(one.name)
    if len(counts) < 2:
        return ""
    groups = "; ".join(", ".join(names) for names in counts.values())
    return f"Not all were scored on the same images, so only these compare: {groups}."


def _of_these_weights(run: Run, content: Mapping[str, Any]) -> bool:
    """Return whether scores are of the weights that the run has now; those of a published run stay together."""
    return run.published or (run.weights.is_file() and content["weights"] == weights_digest(run))


def _remedy(run: Run) -> str:
    if run.published:
        return "get the repository's file again"
    return f"score it again with: {cli_commands.evaluate(run)}"


def _images(images: Sequence[Mapping[str, Any]], counts: ImageCounts) -> pd.DataFrame:
    """Return id, mIoU and worst class of every image."""
    per_class = iou(*counts.counts)  # (images, S), nan for a class that the image does not show
    worst = [counts.classes[int(np.nanargmin(row))] if not np.isnan(row).all() else "" for row in per_class]
    return pd.DataFrame(
        {
            "id": list(counts.ids),
            "miou": [_number(image["miou"]) for image in images],
            "worst": worst,
            "worst_iou": [float(np.nanmin(row)) if not np.isnan(row).all() else math.nan for row in per_class],
        }
    )


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
