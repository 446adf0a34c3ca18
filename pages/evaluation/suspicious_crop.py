"""A suspicious region from near: the photograph with its outline, the truth, and what the models propose instead."""

import cv2
import numpy as np
import pycocotools.mask
from numpy.typing import NDArray

from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from data.store import Sample
from data.strips import HEIGHT, strip
from models.analysis.suspicious_truth import SuspiciousRegion

LEAST_HEIGHT = 60
"""Pixels of the image that a crop is high at least, so that the surroundings tell what it is."""
ASPECT = 4 / 3
AROUND = 2
"""How many times as large as the region's box a crop is."""
OUTER, INNER = (0, 0, 0), (255, 255, 255)
"""Colours of the outline outside and inside the region's edge: one of them stands out from any photograph."""


def crop(sample: Sample, region: SuspiciousRegion, space: LabelSpace) -> NDArray[np.uint8]:
    """Return photograph, truth and proposal around a region side by side, ``(HEIGHT, W, 4)`` RGBA."""
    rows, columns = window(region.box, sample.mask.shape)
    inside = pycocotools.mask.decode(region.run_lengths)[rows, columns]
    truth = sample.mask[rows, columns]
    proposal = np.where(inside > 0, np.uint8(region.proposed), truth)
    size = HEIGHT, max(1, round(truth.shape[1] * HEIGHT / truth.shape[0]))
    image = cv2.resize(sample.image[rows, columns], size[::-1], interpolation=cv2.INTER_LINEAR)
    image = outlined(np.asarray(image, np.uint8), resize_nearest(inside, *size))
    return strip(image, resize_nearest(truth, *size), resize_nearest(proposal, *size), space)


def window(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of a crop around a box (left, top, width, height), as far as the image reaches.

    >>> window((100, 50, 40, 20), (300, 400))
    (slice(30, 90, None), slice(80, 160, None))
    """
    left, top, width, height = box
    tall = max(LEAST_HEIGHT, AROUND * height, AROUND * width / ASPECT)
    return _around(top, height, round(tall), shape[0]), _around(left, width, round(tall * ASPECT), shape[1])


def _around(first: int, length: int, wanted: int, limit: int) -> slice:
    """Return ``wanted`` pixels around a stretch, moved inside the image; all of it if it has fewer."""
    wanted = min(max(wanted, length), limit)
    start = min(max(0, first + (length - wanted) // 2), limit - wanted)
    return slice(start, start + wanted)


def outlined(image: NDArray[np.uint8], inside: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image ``(H, W, 3)`` with a black line around a region ``(H, W)`` of 0 and 1, and a white one in it."""
    square = np.ones((5, 5), np.uint8)
    marked = image.copy()
    marked[(cv2.dilate(inside, square) > inside)] = OUTER
    marked[(inside > cv2.erode(inside, square))] = INNER
    return marked
