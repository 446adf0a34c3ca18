"""The objects in a label map: its connected regions, class by class."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_maps import label_histogram
from data.label_space import LabelSpace
from data.row_chunks import row_chunks

_BOX = [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]
_LYING_BOX = [cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH]
_TALL = 64
"""A class whose bounding box is this many times higher than wide is searched on its side."""


@dataclass(frozen=True)
class Region:
    """One connected region of one class; pixels that touch at a corner are connected (8-connectivity)."""

    ident: int
    box: tuple[int, int, int, int]  # left, top, width and height in pixels of the label map
    area: int  # pixels
    confidence: float | None  # mean over the region, 0 to 1; None if the model does not tell it


def regions(
    labels: NDArray[np.uint8], confidence: NDArray[np.uint8] | None, label_space: LabelSpace, smallest: float
) -> tuple[list[Region], NDArray[np.int32]]:
    """Find the regions of every countable class (``LabelSpace.things``: neither background nor stuff such as sky).

    Touching things of one class form one region, because a label map can't separate them.

    >>> space = LabelSpace(("background", "cat", "dog"), ("#000000", "#ff0000", "#00ff00"))
    >>> labels = np.array([[1, 1, 0, 2], [1, 0, 0, 0]], np.uint8)
    >>> found, index = regions(labels, np.full((2, 4), 204, np.uint8), space, smallest=0.2)
    >>> found
    [Region(ident=1, box=(0, 0, 2, 2), area=3, confidence=0.8)]
    >>> index
    array([[1, 1, 0, 0],
           [1, 0, 0, 0]], dtype=int32)

    Args:
        labels: ``(H, W)``, ids of the label space.
        confidence: ``(H, W)``, probability of each pixel's label, 0..255 for 0..1; None if it is unknown.
        label_space: The classes.
        smallest: Least area of a region as a share of the image, 0 to 1.

    Returns:
        The regions, the largest first, and ``(H, W)`` with 1 + the index of each pixel's region, 0 for none.

    Raises:
        ValueError: If the two arrays are not of one shape.
    """
    if labels.ndim != 2 or (confidence is not None and labels.shape != confidence.shape):
        shapes = labels.shape if confidence is None else f"{labels.shape} and confidence {confidence.shape}"
        raise ValueError(f"labels {shapes} must be one (H, W)")
    marks: NDArray[np.int32] = np.zeros(labels.shape, np.int32)  # 1 + the number of each pixel's region
    present = label_histogram(labels)
    idents, stats = _components(labels, [ident for ident in label_space.things if present[ident]], marks)
    areas = stats[:, cv2.CC_STAT_AREA]
    boxes = stats[:, _BOX]
    order = np.lexsort((boxes[:, 0], boxes[:, 1], idents, -areas))  # ties: by class, then from the top
    order = order[areas[order] >= round(smallest * labels.size, 6)]  # rounded, or 0.0007 of 10,000 would be above 7
    sums = _renumber(marks, labels, idents, order, labels if confidence is None else confidence)
    found = [
        Region(ident, (left, top, width, height), area, None if confidence is None else total / area / 255)
        for ident, (left, top, width, height), area, total in zip(
            idents[order].tolist(), boxes[order].tolist(), areas[order].tolist(), sums.tolist(), strict=True
        )
    ]
    return found, marks


def _components(
    labels: NDArray[np.uint8], wanted: list[int], marks: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write 1 + the number within its class into each region's pixels in ``marks``, which starts as zeros.

    Returns:
        The class ``(R,)`` of each region, in the order of ``wanted`` and then by number, and OpenCV's statistics
        ``(R, 5)`` in pixels of ``labels``.
    """
    stats = [_components_of(labels, ident, marks) for ident in wanted]
    idents = np.repeat(np.array(wanted, np.int64), [len(rows) for rows in stats])
    return idents, np.concatenate([np.zeros((0, 5), np.int64), *stats])


def _components_of(labels: NDArray[np.uint8], ident: int, marks: NDArray[np.int32]) -> NDArray[np.int64]:
    """Mark one class and return its statistics; a function, so that its large arrays are freed before the next."""
    mask = (labels == ident).view(np.uint8)
    left, top, width, height = cv2.boundingRect(mask)  # most classes cover only a part of the image
    part = slice(top, top + height), slice(left, left + width)
    lying = height > _TALL * width  # OpenCV takes its time for each row, so rows become columns
    shown = np.ascontiguousarray(mask[part].T) if lying else mask[part]
    _, numbered, found, _ = cv2.connectedComponentsWithStats(shown, connectivity=8, ltype=cv2.CV_32S)
    numbers = np.asarray(numbered, np.int32)
    marks[part] += numbers.T if lying else numbers
    rows = np.asarray(found[1:], np.int64)  # the first is everything else
    if lying:
        rows[:, _BOX] = rows[:, _LYING_BOX]
    rows[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]] += left, top
    return rows


def _renumber(
    marks: NDArray[np.int32],
    labels: NDArray[np.uint8],
    idents: NDArray[np.int64],
    order: NDArray[np.intp],
    confidence: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Change ``marks`` to 1 + each region's position in ``order``, 0 for regions that are not in it.

    Returns the sum of the confidence over each region, in that order.
    """
    before = np.zeros(256, np.int32)  # regions of earlier classes, by class; 0 for classes that have no regions
    before[idents] = np.searchsorted(idents, idents)
    places: NDArray[np.int32] = np.zeros(len(idents) + 1, np.int32)
    places[order + 1] = np.arange(1, len(order) + 1)
    sums = np.zeros(len(order) + 1)
    for rows in row_chunks(marks.shape):
        numbers = marks[rows] + np.asarray(cv2.LUT(labels[rows], before), np.int32)
        marks[rows] = np.take(places, numbers, mode="clip")  # all numbers are valid; clip only skips the slower check
        sums += np.bincount(marks[rows].ravel(), confidence[rows].ravel(), minlength=len(sums))
    return sums[1:]
