"""A canvas of pixels for the drawings, with shapes, texture, light and shade to put on it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
"""``(H, W, 3)`` RGB."""

Colour = Sequence[float]
"""Red, green and blue, 0 to 255."""

Point = tuple[float, float]
"""Column and row on the canvas; may be fractional."""

DETAIL = 2
"""Scale of the canvas relative to the finished picture."""

HEIGHT, WIDTH = 360 * DETAIL, 480 * DETAIL

FRACTION_BITS = 4
"""OpenCV draws shapes at coordinates in sixteenths of a pixel."""


def fill(canvas: Canvas, corners: Sequence[Point], colour: Colour) -> None:
    """Draw a filled polygon."""
    cv2.fillPoly(canvas, [_path(corners)], list(colour), cv2.LINE_AA, FRACTION_BITS)


def stroke(canvas: Canvas, points: Sequence[Point], colour: Colour, thickness: float) -> None:
    """Draw an open line with round ends."""
    width = max(1, round(thickness))
    cv2.polylines(canvas, [_path(points)], False, list(colour), width, cv2.LINE_AA, FRACTION_BITS)


def _path(points: Sequence[Point]) -> NDArray[np.int32]:
    return np.rint(np.clip(points, -9999, 9999) * 2**FRACTION_BITS).astype(np.int32)


def disc(
    canvas: Canvas, centre: Point, radii: Point, colour: Colour, *, angle: float = 0, upper_half: bool = False
) -> None:
    """Draw a filled ellipse, or only its upper half; ``angle`` turns it, in degrees."""
    at = (round(centre[0]), round(centre[1]))
    axes = (max(1, round(radii[0])), max(1, round(radii[1])))
    start, end = (180, 360) if upper_half else (0, 360)
    cv2.ellipse(canvas, at, axes, angle, start, end, list(colour), cv2.FILLED, cv2.LINE_AA)


def noise(rng: np.random.Generator, height: int, width: int, octaves: int) -> NDArray[np.float32]:
    """Return random texture, ``(height, width)`` in 0..1; each octave is twice as fine and three fifths as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(1, octaves + 1):
        coarse = rng.random((2**octave + 1, 2**octave + 1), np.float32)
        total += 0.6**octave * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low), np.float32)


def shadow(canvas: Canvas, centre: Point, width: float, height: float) -> None:
    """Darken the ground softly under something that stands at ``centre``; ``width`` and ``height`` are half axes."""
    blur = max(1.0, height * 0.6)
    top, left = (max(0, round(middle - half - 3 * blur)) for middle, half in ((centre[1], height), (centre[0], width)))
    ground = canvas[top : round(centre[1] + height + 3 * blur), left : round(centre[0] + width + 3 * blur)]
    light = np.full(ground.shape[:2], 255, np.uint8)
    disc(light, (centre[0] - left, centre[1] - top), (width, height), (128,))
    blurred = cv2.GaussianBlur(light, (0, 0), blur).astype(np.float32)
    ground[:] = (ground * (blurred[..., None] / 255)).astype(np.uint8)


def shade(canvas: Canvas, rows: slice, light: float) -> None:
    """Darken a band of rows, by ``light`` at its top and fading out towards its bottom."""
    band = canvas[max(0, rows.start) : rows.stop]
    band[:] = (band * np.linspace(light, 1, len(band))[:, None, None]).astype(np.uint8)


def paste(canvas: Canvas, picture: Canvas, corners: Sequence[Point]) -> None:
    """Put a picture on the canvas in perspective; ``corners`` start at its top left and go round clockwise."""
    height, width = picture.shape[:2]
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    view = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    size = canvas.shape[1::-1]
    covered = cv2.warpPerspective(np.ones((height, width), np.uint8), view, size)
    seen = cv2.warpPerspective(picture, view, size, flags=cv2.INTER_AREA)
    canvas[covered > 0] = seen[covered > 0]


def finish(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Average the canvas down to the picture and add what a camera adds: darker corners and grain."""
    picture = cv2.resize(canvas, (WIDTH // DETAIL, HEIGHT // DETAIL), interpolation=cv2.INTER_AREA).astype(np.float32)
    height, width = picture.shape[:2]
    down, right = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    picture *= (1 - 0.09 * (down**2 + right**2))[..., None]
    picture += rng.normal(0, 2.5, picture.shape)
    return picture.clip(0, 255).astype(np.uint8)
