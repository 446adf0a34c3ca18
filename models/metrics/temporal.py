"""Measures how steady a clip's label maps are: each frame's against those before it, moved along with the picture.

A model that looks at every frame by itself may give the same thing another class from frame to frame. That shows
without any ground truth: the labels of the previous frame are warped to the current one by optical flow, and the two
are compared where the flow can be trusted (temporal consistency, as in Liu, Shen, Yu and Wang, "Efficient Semantic
Video Segmentation with Per-frame Inference", ECCV 2020, doi:10.1007/978-3-030-58607-2_21). A model can be steady and
wrong: constant labels have a consistency of 1.

The flow is OpenCV's DIS with its medium preset (Kroeger and others, "Fast Optical Flow using Dense Inverse Search",
ECCV 2016), on the grey values of the upright frames. Frames and label maps are brought to a longer
side of at most ``LONGEST`` pixels for it. A pixel is compared if its flow stays inside the previous frame and the flow
back from there returns to it (the test of Sundaram, Brox and Keutzer, "Dense Point Trajectories by GPU-accelerated
Large Displacement Optical Flow", ECCV 2010); what was hidden, or has left the frame, fails it.

As in ``models.metrics.segmentation``, counts come first and formulas over the counts follow. All shares are 0 to 1 and
``nan`` where there is nothing to compare. ``C`` is the number of classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_maps import label_histogram
from models.metrics.segmentation import Floats, Integers, Labels

LONGEST = 384
"""Longer side of the frames and label maps that are compared, in pixels; networks see few more."""

CUT = 0.25
"""If a smaller share of the pixels can be compared, the scene has been cut, and the two frames count for nothing."""

Flow = NDArray[np.float32]
"""Where each pixel of one frame lies in another: columns and rows to go, ``(h, w, 2)``, in pixels."""


@dataclass(frozen=True)
class Motion:
    """How the picture moved from the previous frame to the current one.

    Attributes:
        flow: From the current frame to the previous one.
        trusted: ``(h, w)`` whether a pixel of the current frame can be compared.
    """

    flow: Flow
    trusted: NDArray[np.bool_]

    @cached_property
    def sources(self) -> NDArray[np.intp]:
        """The nearest pixel of the previous frame to each compared one, counted along the rows, ``(N,)``."""
        columns, rows = (targets[self.trusted] for targets in _targets(self.flow))
        height, width = self.trusted.shape
        across = np.clip(np.rint(columns), 0, width - 1).astype(np.intp)
        return np.clip(np.rint(rows), 0, height - 1).astype(np.intp) * width + across


def working_size(height: int, width: int) -> tuple[int, int]:
    """Return the height and width in which frames of a size are compared.

    >>> working_size(720, 1280), working_size(60, 90)
    ((216, 384), (60, 90))
    """
    scale = min(1.0, LONGEST / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the grey values ``(h, w)`` of an RGB frame ``(H, W, 3)`` in its working size."""
    height, width = working_size(image.shape[0], image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def estimator() -> cv2.DISOpticalFlow:
    """Return what estimates the flow; one thread may use it for one pair of frames after another."""
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def motion(previous: NDArray[np.uint8], current: NDArray[np.uint8], method: cv2.DISOpticalFlow | None = None) -> Motion:
    """Estimate the motion between two frames, grey values ``(h, w)``.

    ``method`` is an ``estimator()`` that has been used before: it need not take its memory again.
    """
    method = method or estimator()
    to_previous, to_current = _flow(method, current, previous), _flow(method, previous, current)
    return Motion(to_previous, trusted(to_previous, to_current))


def trusted(to_previous: Flow, to_current: Flow) -> NDArray[np.bool_]:
    """Return ``(h, w)`` which pixels of the current frame lie inside the previous one and are led back from there.

    A pixel is led back if the square of the way that remains is at most 0.01 times the squares of both ways, plus 0.5.
    """
    columns, rows = _targets(to_previous)
    height, width = columns.shape
    inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    back = cv2.remap(to_current, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Plane by plane: NumPy's sums over an axis of two values take several times as long.
    (across, down), (across_back, down_back) = cv2.split(to_previous), cv2.split(back)
    remaining = (across + across_back) ** 2 + (down + down_back) ** 2
    ways = (across**2 + down**2) + (across_back**2 + down_back**2)
    return np.asarray(inside & (remaining <= 0.01 * ways + 0.5), np.bool_)


def confusion(previous: Labels, current: Labels, moved: Motion, classes: int) -> Integers:
    """Count the compared pixels by their warped previous class (rows) and their current class, ``(C, C)``."""
    before = previous.ravel()[moved.sources]
    now = current[moved.trusted]
    if classes * classes <= 256 and now.size:
        joint = (before * np.uint8(classes) + now)[None]
        return label_histogram(joint)[: classes * classes].reshape(classes, classes)
    wide = before.astype(np.intp) * classes + now
    return np.bincount(wide, minlength=classes * classes).reshape(classes, classes)


def consistency(counts: Integers) -> float:
    """Return the mean IoU of the warped previous and the current labels, over the classes that either has.

    Two pixels stay a road; a third becomes a car: 2/3 for road, 0 for car.

    >>> consistency(np.array([[2, 1], [0, 0]]))
    0.3333333333333333
    """
    both = counts.diagonal()
    union = counts.sum(axis=0) + counts.sum(axis=1) - both
    present = union > 0
    return float((both[present] / union[present]).mean()) if present.any() else float("nan")


def flicker(counts: Integers) -> float:
    """Return the share of the compared pixels whose class has changed.

    >>> flicker(np.array([[2, 1], [0, 1]]))
    0.25
    """
    total = counts.sum()
    return float(1 - counts.diagonal().sum() / total) if total else float("nan")


def class_flicker(counts: Integers) -> Floats:
    """Return for each class the share of its warped previous pixels that have another class now, ``(C,)``.

    >>> class_flicker(np.array([[3, 1], [0, 0]]))
    array([0.25,  nan])
    """
    before = counts.sum(axis=1)
    return np.where(before > 0, 1 - counts.diagonal() / np.maximum(before, 1), np.nan)


def least_steady(values: Sequence[float], times: Sequence[float], count: int = 5, apart: float = 1.0) -> list[int]:
    """Return the indices of the smallest values, smallest first, whose times are at least ``apart`` seconds apart.

    >>> least_steady([0.9, 0.2, 0.1, float("nan"), 0.5], [0.0, 1.0, 1.1, 1.2, 3.0], count=2)
    [2, 4]
    """
    chosen: list[int] = []
    for index in np.argsort(np.asarray(values, np.float64), kind="stable").tolist():  # nan comes last
        if len(chosen) == count or np.isnan(values[index]):
            break
        if all(abs(times[index] - times[other]) >= apart for other in chosen):
            chosen.append(index)
    return chosen


def _flow(method: cv2.DISOpticalFlow, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> Flow:
    """Estimate the flow between grey frames; those too small for DIS are taken to stand still."""
    if min(start.shape) < _SMALLEST:
        return np.zeros((*start.shape, 2), np.float32)
    return np.asarray(method.calc(start, end, None), np.float32)  # type: ignore[call-overload]


_SMALLEST = 16


def _targets(flow: Flow) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the column and the row in the other frame of each pixel, both ``(h, w)``."""
    height, width = flow.shape[:2]
    columns = flow[..., 0] + np.arange(width, dtype=np.float32)
    rows = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(columns, np.float32), np.asarray(rows, np.float32)
