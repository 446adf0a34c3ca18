"""A picture, its truth and a prediction side by side."""

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_maps import overlay
from data.label_space import LabelSpace

HEIGHT, GAP = 220, 6
"""Height of a strip, and width of the gaps between its parts, in pixels."""
OPACITY = 0.6


def strip(
    image: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    predicted: NDArray[np.uint8],
    space: LabelSpace,
    height: int = HEIGHT,
    truth_space: LabelSpace | None = None,
) -> NDArray[np.uint8]:
    """Return photograph, truth and prediction side by side, ``(height, W, 4)`` RGBA with transparent gaps.

    ``truth`` and ``predicted`` are ids of ``space``, ``(H, W)`` as the ``image``; ``truth`` those of ``truth_space`` if
    that is given.
    """
    planes = [(truth, truth_space or space), (predicted, space)]
    panels = [image, *(overlay(image, plane, of_plane, OPACITY) for plane, of_plane in planes)]
    rows, columns = truth.shape
    size = (max(1, round(columns * height / rows)), height)
    gap = np.zeros((height, GAP, 4), np.uint8)
    parts: list[NDArray[np.uint8]] = []
    for panel in panels:
        small = cv2.resize(panel, size, interpolation=cv2.INTER_AREA if rows > height else cv2.INTER_LINEAR)
        parts += [np.dstack([small, np.full(small.shape[:2], 255, np.uint8)]), gap]
    return np.concatenate(parts[:-1], axis=1)
