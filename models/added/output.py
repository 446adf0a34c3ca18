"""Finds the output that gives every pixel a class, and what its values mean."""

import re
from dataclasses import dataclass

import numpy as np

from configs.errors import UserError
from models.added.draft import Draft
from models.added.engines import Array
from models.added.facts import Guess, OutputKind, OutputLayout, Port
from models.added.graph import Ending
from models.added.trial import Trial

COARSEST = 64
"""The largest factor by which a map of classes is smaller than the network's input."""


@dataclass(frozen=True)
class Map:
    """An output that may be a map of classes."""

    name: Guess[str]
    layout: Guess[OutputLayout]
    size: tuple[int, int]
    channels: int | None  # None for labels
    kind: Guess[OutputKind]
    threshold: Guess[float | None]


def choose(draft: Draft, trial: Trial, endings: list[Ending]) -> Map:
    """Return the output to use: the first of the largest maps, scores before labels, one called auxiliary last.

    Raises ``UserError`` if there is none, naming detectors and mask-query models.
    """
    _refuse_other_tasks(draft, trial)
    maps: list[Map] = []
    for port, raw, ending in zip(draft.outputs, trial.outputs, endings, strict=True):
        values = raw
        if raw.dtype.kind == "f" and not np.isfinite(raw).all():
            draft.warnings.append(f"The output {port.name} holds values that are no finite numbers.")
            values = np.nan_to_num(raw)
        found = _read(port, values, ending, trial, draft)
        if found is not None:
            maps.append(found)
    if not maps:
        outputs = zip(draft.outputs, trial.outputs, strict=True)
        shapes = ", ".join(f"{port.name} {values.shape}" for port, values in outputs)
        raise UserError(f"{draft.path.name} gives no class to every pixel; its outputs are {shapes}")
    best = min(maps, key=lambda found: (-found.size[0] * found.size[1], _is_auxiliary(found), _rank(found)))
    others = [found.name.value for found in maps if found is not best]
    if others:
        draft.warnings.append(
            f"The output {best.name.value} is used, the first of full size; {', '.join(others)} "
            f"{'is' if len(others) == 1 else 'are'} left out."
        )
    hinted = draft.hints.get("output_name")
    reason = hinted.reason if hinted else "the first of full size" if others else "the only map among its outputs"
    name = Guess(value=best.name.value, certain=not others, reason=reason)
    return Map(name, best.layout, best.size, best.channels, best.kind, best.threshold)


def _is_auxiliary(found: Map) -> bool:
    """Return whether an output is called one that only the training needed."""
    return re.search(r"(?<![a-z])aux", found.name.value.lower()) is not None


def _rank(found: Map) -> int:
    return {"probabilities": 0, "logits": 0, "labels": 1, "binary": 2}[found.kind.value]


def _refuse_other_tasks(draft: Draft, trial: Trial) -> None:
    """Raise ``UserError`` for networks whose outputs are mask queries, boxes or one vector."""
    name, names = draft.path.name, {port.name for port in draft.outputs}
    rows = [v for v in trial.outputs if v.ndim == 3 and 1 not in v.shape[1:] and not _layout(v.shape, trial, draft)]
    maps = [values for values in trial.outputs if values.ndim == 4]
    queries = any(few.shape[1] == many.shape[1] and few.dtype.kind == "f" for few in rows for many in maps)
    if queries or {"class_queries_logits", "masks_queries_logits"} <= names:
        raise UserError(
            f"{name} is a mask-query model such as Mask2Former or MaskFormer: it gives masks with a class each, not a "
            "class to every pixel; export it with its post-processing, so that the output is a map of classes"
        )
    boxes = [v for v in trial.outputs if v.ndim == 2 and v.shape[0] > 1 and v.shape[1] in range(4, 8)]
    if rows or boxes:
        shape = (rows or boxes)[0].shape
        _refuse_missing_axes(shape, trial, name)
        raise UserError(
            f"{name} looks like a detector: an output of shape {shape} holds boxes or other rows, not a class for "
            "every pixel; export a semantic segmentation model, or only its map of classes"
        )
    if all(max(values.shape, default=1) == values.size for values in trial.outputs):
        raise UserError(f"{name} gives one vector for a whole picture, as classifiers do, not a class for every pixel")


def _refuse_missing_axes(shape: tuple[int, ...], trial: Trial, name: str) -> None:
    """Raise ``UserError`` for scores of every pixel that lie in other axes than those of a map."""
    height, width = trial.size.value
    if height * width in shape:
        raise UserError(
            f"{name} gives scores of shape {shape}, a row for each of {height}x{width} pixels; reshape them to "
            "(1, C, H, W) or (1, H, W, C) before the export"
        )
    if len(shape) == 3 and any(_fits(shape, axes, trial.size.value) for axes in ("CHW", "HWC")):
        raise UserError(f"{name} gives scores of shape {shape} without an axis for the batch; export it with one of 1")


def _read(port: Port, values: Array, ending: Ending, trial: Trial, draft: Draft) -> Map | None:
    """Return an output as a map, or None if it is none."""
    layout = _layout(values.shape, trial, draft)
    if layout is None:
        return None
    axes = layout.value
    size = (values.shape[axes.index("H")], values.shape[axes.index("W")])
    channels = values.shape[axes.index("C")] if "C" in axes else 1
    tolerance = max(0.02, channels * (port.scale or 0))  # quantised values are rounded
    kind, threshold = _kind(values, axes, tolerance, ending)
    count = {"labels": None, "binary": 2}.get(kind.value, channels)
    if ending == "comparison" or values.dtype.kind == "b":
        count = 2
    return Map(Guess(value=port.name, certain=True, reason=""), layout, size, count, kind, threshold)


def _layout(shape: tuple[int, ...], trial: Trial, draft: Draft) -> Guess[OutputLayout] | None:
    """Return the order of an output's axes: height and width have the input's proportions; None if none have."""
    orders: dict[int, tuple[OutputLayout, ...]] = {4: ("NCHW", "NHWC"), 3: ("NHW",), 2: ("HW",)}
    fitting = [axes for axes in orders.get(len(shape), ()) if _fits(shape, axes, trial.size.value)]
    if not fitting or ("N" in fitting[0] and shape[0] != 1):
        return None
    if len(fitting) == 1:
        return Guess(value=fitting[0], certain=True, reason="its proportions are those of the input")
    names = draft.hints["class_names"].value if "class_names" in draft.hints else ()
    for axes in fitting:
        if shape[axes.index("C")] in {len(names), len(names) + 1} - {1}:
            return Guess(value=axes, certain=True, reason="one axis is as long as the list of class names")
    return Guess(value=trial.layout.value, certain=False, reason="as the input; its shape does not tell")


def _fits(shape: tuple[int, ...], axes: str, size: tuple[int, int]) -> bool:
    """Return whether height and width of an output are the input's, divided by one factor and rounded."""
    height, width = shape[axes.index("H")], shape[axes.index("W")]
    if min(height, width) < 1 or height > 2 * size[0] or min(height * COARSEST < size[0], width * COARSEST < size[1]):
        return False
    return abs(height * size[1] - width * size[0]) <= max(size) * 1.01


def _kind(values: Array, axes: str, tolerance: float, ending: Ending) -> tuple[Guess[OutputKind], Guess[float | None]]:
    """Return what the values of an output mean, and the threshold of a binary one.

    ``tolerance`` is by how much the probabilities of a pixel may miss a sum of 1.
    """
    channels = values.shape[axes.index("C")] if "C" in axes else 1
    unused = Guess[float | None](value=None, certain=True, reason="only one channel of scores needs one")
    if values.dtype.kind in "iub":
        return Guess(value="labels", certain=True, reason=f"whole numbers ({values.dtype})"), unused
    if ending in {"argmax", "comparison"} and channels == 1:
        return Guess(value="labels", certain=True, reason="the network ends with the choice of a class"), unused
    low, high = float(values.min()), float(values.max())
    if channels == 1:
        probability = ending == "sigmoid" or (ending == "other" and low >= 0 and high <= 1)
        seen = "it ends with a sigmoid" if ending == "sigmoid" else f"it gave {low:.3g} to {high:.3g}"
        threshold = Guess[float | None](value=0.5 if probability else 0.0, certain=ending == "sigmoid", reason=seen)
        return Guess(value="binary", certain=True, reason="one channel of scores"), threshold
    totals = values.sum(axis=axes.index("C"), dtype=np.float64)
    if low >= -1e-4 and np.allclose(totals, 1, atol=tolerance):
        return Guess(value="probabilities", certain=True, reason="those of each pixel add up to 1"), unused
    if ending in {"softmax", "sigmoid"}:
        reason = f"it ends with a {ending}, but those of a pixel do not add up to 1"
        return Guess(value="probabilities", certain=False, reason=reason), unused
    if low < 0 or high > 1:
        reason = f"it gave {low:.3g} to {high:.3g}, and those of a pixel do not add up to 1"
        return Guess(value="logits", certain=True, reason=reason), unused
    return Guess(value="logits", certain=False, reason="those of a pixel do not add up to 1"), unused
