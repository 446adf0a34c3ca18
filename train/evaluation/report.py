"""Turns counts into the scores of a split, and formats them as JSON and as a printed table."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.label_space import LabelSpace
from models.metrics import detection, segmentation
from models.metrics.detection import Matches
from models.metrics.segmentation import Counts
from models.runs.evaluation import (
    CalibrationBin,
    ClassScores,
    DetectionClass,
    DetectionScores,
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
    iou, accuracy = segmentation.iou(tp, fp, fn), segmentation.accuracy(tp, fn)
    names = [label_space.names[class_id] for class_id in label_space.scored]
    classes = zip(names, iou, accuracy, tp + fn, strict=True)
    bins = zip(counts.bin_pixels, counts.bin_correct, counts.bin_confidence, strict=True)
    return SplitScores(
        images=images,
        size="mask",
        miou=_number(segmentation.mean_iou(counts.confusion)),
        subsets={name: _number(segmentation.mean_over_present(iou[positions])) for name, positions in subsets.items()},
        pixel_accuracy=_number(segmentation.pixel_accuracy(counts.confusion)),
        mean_accuracy=_number(segmentation.mean_over_present(accuracy)),
        frequency_weighted_iou=_number(segmentation.frequency_weighted_iou(counts.confusion)),
        boundary_iou=_number(segmentation.boundary_iou(counts)),
        calibration_error=_number(segmentation.calibration_error(counts)),
        classes=tuple(
            ClassScores(name=name, iou=_number(class_iou), accuracy=_number(class_accuracy), pixels=int(pixels))
            for name, class_iou, class_accuracy, pixels in classes
        ),
        confusion=counts.confusion[:-1, :-1].tolist(),
        calibration=tuple(
            CalibrationBin(
                pixels=int(pixels),
                accuracy=float(correct / pixels) if pixels else None,
                confidence=float(confidence / pixels) if pixels else None,
            )
            for pixels, correct, confidence in bins
        ),
        detection=detection,
        per_image=tuple(per_image),
    )


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
        "pixel accuracy": scores.pixel_accuracy,
        "mean accuracy": scores.mean_accuracy,
        "frequency-weighted IoU": scores.frequency_weighted_iou,
        "boundary IoU": scores.boundary_iou,
        "calibration error": scores.calibration_error,
    }
    if objects := scores.detection:
        summary |= {"precision of objects": objects.precision, "recall of objects": objects.recall}
        summary["mAP50 of objects"] = objects.map50
    width = max(map(len, [*summary, *(entry.name for entry in scores.classes)]))
    lines += [f"{label:{width}}  {_format(value)}" for label, value in summary.items()]
    lines += ["", f"{'class':{width}}     IoU  accuracy        pixels"]
    for entry in scores.classes:
        if entry.pixels:
            values = f"{_format(entry.iou)}    {_format(entry.accuracy)}  {entry.pixels:12d}"
        else:
            values = "not in this split"
        lines.append(f"{entry.name:{width}}  {values}")
    return "\n".join(lines)


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
