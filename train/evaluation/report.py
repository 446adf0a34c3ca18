"""Turns counts into the scores of a split, and formats them as JSON and as a printed table."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.dataset import Dataset
from data.label_space import LabelSpace
from models.analysis.image_groups import BY_CLASS, by_group, by_training_pictures
from models.metrics import boundary, calibration, detection, segmentation
from models.metrics.counts import Counts
from models.metrics.definitions import ERRORS
from models.metrics.detection import Matches
from models.metrics.error_kinds import ErrorCounts, Kind
from models.runs.evaluation import (
    CalibrationBin,
    ClassScores,
    DetectionClass,
    DetectionScores,
    ErrorKinds,
    Images,
    ImageScores,
    SplitScores,
)


def split_scores(
    counts: Counts,
    label_space: LabelSpace,
    subsets: dict[str, list[int]],
    *,
    images: Images,
    per_image: Sequence[ImageScores],
    detection: DetectionScores | None,
) -> SplitScores:
    """Turn the counts of all images of a split into its scores, all but ``weights``, ``engine`` and ``date``.

    ``subsets`` holds positions among the scored classes; the keyword arguments are fields of ``SplitScores``.
    """
    tp, fp, fn = segmentation.tp_fp_fn(counts.confusion)
    iou, shown, mean = segmentation.iou(tp, fp, fn), tp + fn > 0, segmentation.mean_over_present
    names = [label_space.names[class_id] for class_id in label_space.scored]
    return SplitScores(
        images=images,
        size="mask",
        miou=_number(segmentation.mean_iou(counts.confusion)),
        subsets={name: _number(mean(iou[positions])) for name, positions in subsets.items()},
        pixel_accuracy=_number(segmentation.pixel_accuracy(counts.confusion)),
        mean_accuracy=_number(mean(segmentation.accuracy(tp, fn))),
        frequency_weighted_iou=_number(segmentation.frequency_weighted_iou(counts.confusion)),
        dice=_number(mean(segmentation.dice(tp, fp, fn))),
        boundary_iou=_number(mean(boundary.iou(counts.boundary, shown))),
        boundary_f1=_number(mean(boundary.f1(counts.boundary, shown))),
        calibration_error=_number(calibration.error(counts.calibration)),
        adaptive_calibration_error=_number(calibration.adaptive_error(counts.calibration)),
        brier_score=_number(calibration.brier_score(counts.calibration)),
        classes=_class_scores(counts, names),
        confusion=counts.confusion[:-1, :-1].tolist(),
        calibration=tuple(
            CalibrationBin(
                pixels=int(pixels),
                accuracy=float(correct / pixels) if pixels else None,
                confidence=float(confidence / pixels) if pixels else None,
            )
            for pixels, correct, confidence in zip(*counts.calibration.bins(), strict=True)
        ),
        detection=detection,
        per_image=tuple(per_image),
    )


def _class_scores(counts: Counts, names: Sequence[str]) -> tuple[ClassScores, ...]:
    """Turn counts into the scores of every scored class, whose ``names`` are in their order."""
    tp, fp, fn = segmentation.tp_fp_fn(counts.confusion)
    scores, errors = segmentation.class_scores(tp, fp, fn), _error_kinds(counts.errors, names)
    outlines = boundary.f1(counts.boundary, tp + fn > 0)
    return tuple(
        ClassScores(
            name=name,
            iou=_number(scores["iou"][index]),
            accuracy=_number(scores["recall"][index]),
            pixels=int((tp + fn)[index]),
            precision=_number(scores["precision"][index]),
            dice=_number(scores["dice"][index]),
            boundary_f1=_number(outlines[index]),
            errors=errors[index],
        )
        for index, name in enumerate(names)
    )


def _error_kinds(errors: ErrorCounts, names: Sequence[str]) -> list[ErrorKinds]:
    """Turn the wrong pixels of every class into typed ones, with the class that each is most often confused with."""
    return [
        ErrorKinds(
            **{kind.name.lower(): int(kinds[kind]) for kind in Kind},
            partner=names[int(partners.argmax())] if partners.any() else None,
            partner_pixels=int(partners.max()),
        )
        for kinds, partners in zip(errors.kinds, errors.partners, strict=True)
    ]


def detection_scores(matches: Matches, label_space: LabelSpace, smallest: float) -> DetectionScores:
    """Turn the matches of all images of a split into its detection scores.

    ``smallest`` is the smallest area of an object, as a share of the image's pixels.
    """
    predicted = np.bincount(matches.idents, minlength=len(label_space))
    return DetectionScores(
        iou=detection.IOU,
        smallest_object=smallest,
        precision=_number(detection.precision(matches)),
        recall=_number(detection.recall(matches)),
        map50=_number(detection.mean_average_precision(matches)),
        classes=tuple(
            DetectionClass(
                name=label_space.names[class_id],
                truth=int(matches.truth[class_id]),
                predicted=int(predicted[class_id]),
                ap50=_number(detection.average_precision(matches, class_id)),
            )
            for class_id in label_space.things
        ),
    )


def image_scores(name: str, counts: Counts) -> ImageScores:
    """Turn the counts of one image into its scores."""
    tp, fp, fn = segmentation.tp_fp_fn(counts.confusion)
    miou = _number(segmentation.mean_iou(counts.confusion))
    return ImageScores(id=name, miou=miou, tp=tp.tolist(), fp=fp.tolist(), fn=fn.tolist())


def table(name: str, split: str, scores: SplitScores) -> str:
    """Format the scores of a split as a table for the terminal."""
    lines = [f"{name} on {split}: {scores.images.count} images at the masks' own size, {scores.engine}", ""]
    summary = {
        "mIoU": scores.miou,
        **{f"mIoU {subset}": value for subset, value in scores.subsets.items()},
        "Dice": scores.dice,
        "pixel accuracy": scores.pixel_accuracy,
        "mean accuracy": scores.mean_accuracy,
        "frequency-weighted IoU": scores.frequency_weighted_iou,
        "boundary IoU": scores.boundary_iou,
        "boundary F1": scores.boundary_f1,
        "calibration error": scores.calibration_error,
        "adaptive calibration error": scores.adaptive_calibration_error,
        "Brier score": scores.brier_score,
    }
    if objects := scores.detection:
        summary |= {"precision of objects": objects.precision, "recall of objects": objects.recall}
        summary["mAP50 of objects"] = objects.map50
    width = max(map(len, [*summary, *(entry.name for entry in scores.classes)]))
    lines += [f"{label:{width}}  {_format(value)}" for label, value in summary.items()]
    lines += ["", f"{'class':{width}}     IoU    Dice  precision  recall  boundary F1        pixels"]
    for entry in scores.classes:
        if entry.pixels:
            iou, dice, precision, recall, outline = map(
                _format, (entry.iou, entry.dice, entry.precision, entry.accuracy, entry.boundary_f1)
            )
            values = f"{iou}  {dice}     {precision}  {recall}       {outline}  {entry.pixels:12d}"
        else:
            values = "not in this split"
        lines.append(f"{entry.name:{width}}  {values}")
    return "\n".join([*lines, *_lost(scores, width)])


def groups(scores: SplitScores, dataset: Dataset) -> str:
    """Format the scores of the groups of a split's images and classes; empty if there are none."""
    tables = {**by_group(scores, dataset), BY_CLASS: by_training_pictures(scores)}
    parts = []
    for title, rows in tables.items():
        if rows:
            width = max(len(title), *(len(row.name) for row in rows))
            lines = [f"{row.name:{width}}  {row.miou:6.4f}  {row.size:6,d}" for row in rows]
            parts.append(
                "\n".join([f"{title:{width}}    mIoU  {'classes' if title == BY_CLASS else ' images'}", *lines])
            )
    return "\n\n".join(parts)


def _lost(scores: SplitScores, width: int) -> list[str]:
    """Format by what kinds of errors each class loses its IoU; no line if they were not counted."""
    lines = []
    for entry in scores.classes:
        if entry.errors and entry.iou is not None:
            shares = "  ".join(f"{entry.lost[kind]:9.4f}" for kind in ERRORS)
            lines.append(f"{entry.name:{width}}  {shares}  {entry.errors.partner or ''}".rstrip())
    titles = "  ".join(f"{kind:>9}" for kind in ERRORS)
    return ["", f"{'lost IoU by':{width}}  {titles}  confused with", *lines] if lines else []


def shared_classes(scores: SplitScores, title: str) -> str:
    """Format what scores on another dataset cover: its classes in each shared class, and their share of its pixels."""
    lines = [
        f"{entry.name} = {', '.join(entry.dataset_classes)} of {title}, {', '.join(entry.model_classes)} of the model"
        for entry in scores.classes
        if entry.dataset_classes
    ]
    share = "none" if scores.scored_share is None else f"{scores.scored_share:.2%}"
    return "\n".join([*lines, f"{share} of the labelled pixels of {title} have one of these classes"])


def to_json(document: dict[str, Any]) -> str:
    """Format JSON with each innermost list or object on one line. Raises ``ValueError`` for NaN and infinities."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    return re.sub(r"([\[{])\n([^\[\]{}]*)\n *([\]}])", _on_one_line, text) + "\n"


def _on_one_line(match: re.Match[str]) -> str:
    opening, inside, closing = match.groups()
    return opening + " ".join(line.strip() for line in inside.splitlines()) + closing


def _number(value: Any) -> float | None:
    """Return a float, or None for NaN, which JSON lacks."""
    return None if math.isnan(value) else float(value)


def _format(value: float | None) -> str:
    return "   n/a" if value is None else f"{value:6.4f}"
