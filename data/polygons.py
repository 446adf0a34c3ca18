"""Masks and boxes from the polygons of YOLO label files: one object per line, ``class x1 y1 x2 y2 x3 y3 ...``."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError

TOLERANCE = 0.1
"""How far outside the picture a corner may lie, as a share of its side: annotators draw beyond the edge."""


@dataclass(frozen=True)
class Polygon:
    """The outline of one object of class ``label``, from 0.

    ``points`` ``(N, 2)`` are x and y as shares of the upright picture's width and height, 0 to 1.
    """

    label: int
    points: NDArray[np.float64]


def read(path: Path, classes: int) -> list[Polygon]:
    """Read the polygons of a label file; an empty file has none. Raises ``UserError`` naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as polygons ({error})") from error
    lines = enumerate(text.splitlines(), start=1)
    return [parse(line, f"{path}, line {number}", classes) for number, line in lines if line.strip()]


def parse(line: str, origin: str, classes: int) -> Polygon:
    """Read one line; ``origin`` says where it stands. Corners just outside the picture are moved to its edge.

    Raises ``UserError`` if the line is not a polygon with a class from 0 to ``classes`` - 1 and at least 3 corners.
    """
    first, *rest = line.split()
    if not first.isascii() or not first.isdigit() or int(first) >= classes:
        raise UserError(f"{origin}: the class must be a number from 0 to {classes - 1}, not {first!r}")
    try:
        numbers = [float(word) for word in rest]
    except ValueError as error:
        raise UserError(f"{origin}: holds something that is not a number ({error})") from error
    if len(numbers) % 2:
        raise UserError(f"{origin}: has {len(numbers)} coordinates; they must come in pairs of x and y")
    if len(numbers) == 4:
        raise UserError(f"{origin}: is a box and has no outline; export outlines, or remove the line")
    if len(numbers) < 6:
        raise UserError(f"{origin}: has {len(numbers) // 2} corners; a polygon has at least 3")
    for number in numbers:
        if not math.isfinite(number) or not -TOLERANCE <= number <= 1 + TOLERANCE:
            raise UserError(f"{origin}: holds the coordinate {number}; coordinates are shares of the picture, 0 to 1")
    return Polygon(int(first), np.clip(np.array(numbers, np.float64).reshape(-1, 2), 0, 1))


def draw(polygons: Sequence[Polygon], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw polygons, the largest first, so that a small object stays visible on a large one: ``(H, W)``.

    Their id is ``1 + label``; 0 is the background. Of equal areas, the later one lies on top.
    """
    ids = np.array([0, *(1 + polygon.label for polygon in polygons)], np.uint8)
    return ids[_instances(polygons, size)]


def boxes(polygons: Sequence[Polygon], size: tuple[int, int]) -> NDArray[np.int32]:
    """Return the boxes of polygons, in their order, each around all the pixels that ``draw`` would fill for it alone.

    They are ``(N, 5)``: id, left, top, width and height, in pixels of the mask. Polygons without area in the picture
    and polygons entirely hidden by others are left out.
    """
    seen = np.unique(_instances(polygons, size))
    found = [
        (1 + polygon.label, *cv2.boundingRect(_corners(polygon, size)))
        for number, polygon in enumerate(polygons, start=1)
        if number in seen and _area(polygon.points) > 0
    ]
    return np.array(found, np.int32).reshape(-1, 5)


def _instances(polygons: Sequence[Polygon], size: tuple[int, int]) -> NDArray[np.int32]:
    """Draw polygons as ``draw`` does, each with 1 + its index: ``(H, W)``."""
    height, width = size
    areas = [_area(polygon.points * (width, height)) for polygon in polygons]
    numbers: NDArray[np.int32] = np.zeros(size, np.int32)
    for index in sorted(range(len(polygons)), key=lambda index: -areas[index]):
        cv2.fillPoly(numbers, [_corners(polygons[index], size)], index + 1)
    return numbers


def _corners(polygon: Polygon, size: tuple[int, int]) -> NDArray[np.int32]:
    """Return the pixel of each corner, x and y: ``(N, 2)``."""
    height, width = size
    points = np.floor(polygon.points * (width, height))
    return np.minimum(points, (width - 1, height - 1)).astype(np.int32)


def _area(points: NDArray[np.float64]) -> float:
    """Return the area inside an outline, ``(N, 2)``, by the shoelace formula."""
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
