"""What ``evaluation.json`` holds for a split, made of counts, and the table of it that is printed."""

import json
import math
import re
from typing import Any

import numpy as np

from data.label_space import LabelSpace
from models.metrics import detection, segmentation
from models.metrics.detection import Matches
from models.metrics.segmentation import Counts


def scores(counts: Counts, label_space: LabelSpace, subsets: dict[str, list[int]]) -> dict[str, Any]:
    """Turn the counts of a split into its scores.

    Args:
        counts: Counts of all images together.
        label_space: What the ids mean.
        subsets: Further means by name, each over these positions among the scored classes.

    Returns:
        ``miou``, ``subsets`` (name to mean IoU), ``pixel_accuracy``, ``mean_accuracy``, ``frequency_weighted_iou``,
        ``boundary_iou``, ``calibration_error``, ``classes`` (name, iou, accuracy, pixels), ``confusion`` (rows are
        truth, columns prediction, both in the order of ``classes``) and ``calibration`` (the bins: pixels, accuracy,
        confidence). A score that does not exist is None, such as the IoU of a class that the truth never shows.
    """
    hits, alarms, misses = segmentation.tp_fp_fn(counts.confusion)
    iou, accuracy = segmentation.iou(hits, alarms, misses), segmentation.accuracy(hits, misses)
    names = [label_space.names[ident] for ident in label_space.scored]
    classes = zip(names, iou, accuracy, hits + misses, strict=True)
    bins = zip(counts.bin_pixels, counts.bin_correct, counts.bin_confidence, strict=True)
    return {
        "miou": _number(segmentation.mean_iou(counts.confusion)),
        "subsets": {name: _number(segmentation.mean_over_present(iou[chosen])) for name, chosen in subsets.items()},
        "pixel_accuracy": _number(segmentation.pixel_accuracy(counts.confusion)),
        "mean_accuracy": _number(segmentation.mean_over_present(accuracy)),
        "frequency_weighted_iou": _number(segmentation.frequency_weighted_iou(counts.confusion)),
        "boundary_iou": _number(segmentation.boundary_iou(counts)),
        "calibration_error": _number(segmentation.calibration_error(counts)),
        "classes": [
            {"name": name, "iou": _number(one), "accuracy": _number(other), "pixels": int(pixels)}
            for name, one, other, pixels in classes
        ],
        "confusion": counts.confusion[:-1, :-1].tolist(),
        "calibration": [
            {
                "pixels": int(pixels),
                "accuracy": float(right / pixels) if pixels else None,
                "confidence": float(confidence / pixels) if pixels else None,
            }
            for pixels, right, confidence in bins
        ],
    }


def detection_scores(matches: Matches, label_space: LabelSpace, smallest: float) -> dict[str, Any]:
    """Turn the matches of a split into its detection scores.

    Args:
        matches: Matches of all images together.
        label_space: What the ids mean.
        smallest: Least area of an object, as a part of the picture's pixels.

    Returns:
        ``iou`` (least overlap that counts), ``smallest_object``, ``precision``, ``recall``, ``map50`` and ``classes``
        (name, truth, predicted, ap50): all that can be counted, with the number of true boxes and of predicted regions.
        A score that does not exist is None, such as the AP of a class that the truth never shows.
    """
    predicted = np.bincount(matches.idents, minlength=len(label_space))
    return {
        "iou": detection.IOU,
        "smallest_object": smallest,
        "precision": _number(detection.precision(matches)),
        "recall": _number(detection.recall(matches)),
        "map50": _number(detection.mean_average_precision(matches)),
        "classes": [
            {
                "name": label_space.names[ident],
                "truth": int(matches.truth[ident]),
                "predicted": int(predicted[ident]),
                "ap50": _number(detection.average_precision(matches, ident)),
            }
            for ident in label_space.things
        ],
    }


def image_scores(name: str, counts: Counts) -> dict[str, Any]:
    """Return what is kept of one image: its id, its mean IoU, and its counts in the order of ``classes``."""
    hits, alarms, misses = segmentation.tp_fp_fn(counts.confusion)
    miou = _number(segmentation.mean_iou(counts.confusion))
    return {"id": name, "miou": miou, "tp": hits.tolist(), "fp": alarms.tolist(), "fn": misses.tolist()}


def table(name: str, split: str, result: dict[str, Any]) -> str:
    """Return the scores of one split as a table to read."""
    lines = [f"{name} on {split}: {result['images']['count']} images at the masks' own size, {result['engine']}", ""]
    summary = {
        "mIoU": result["miou"],
        **{f"mIoU {subset}": value for subset, value in result["subsets"].items()},
        "pixel accuracy": result["pixel_accuracy"],
        "mean accuracy": result["mean_accuracy"],
        "frequency-weighted IoU": result["frequency_weighted_iou"],
        "boundary IoU": result["boundary_iou"],
        "calibration error": result["calibration_error"],
    }
    if found := result.get("detection"):
        summary |= {"precision of objects": found["precision"], "recall of objects": found["recall"]}
        summary |= {"mAP50 of objects": found["map50"]}
    width = max(map(len, [*summary, *(entry["name"] for entry in result["classes"])]))
    lines += [f"{label:{width}}  {_shown(value)}" for label, value in summary.items()]
    lines += ["", f"{'class':{width}}     IoU  accuracy        pixels"]
    for entry in result["classes"]:
        if entry["pixels"]:
            values = f"{_shown(entry['iou'])}    {_shown(entry['accuracy'])}  {entry['pixels']:12d}"
        else:
            values = "not in this split"
        lines.append(f"{entry['name']:{width}}  {values}")
    return "\n".join(lines)


def to_json(document: dict[str, Any]) -> str:
    """Write JSON without ``NaN``, with each innermost list or object on one line."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    return re.sub(r"([\[{])\n([^\[\]{}]*)\n *([\]}])", _on_one_line, text) + "\n"


def _on_one_line(match: re.Match[str]) -> str:
    opening, inside, closing = match.groups()
    return opening + " ".join(line.strip() for line in inside.splitlines()) + closing


def _number(value: Any) -> float | None:
    """Return a float, and None for ``nan``: JSON has none."""
    return None if math.isnan(value) else float(value)


def _shown(value: float | None) -> str:
    return "   n/a" if value is None else f"{value:6.4f}"
