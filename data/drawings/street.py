"""A drawn street, seen from a car."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from data.drawings.canvas import HEIGHT, WIDTH, Canvas, Colour, Point, disc, fill, finish, noise, paste, shadow, stroke


def street() -> NDArray[np.uint8]:
    """Draw a street seen from a car: ``(360, 480, 3)`` RGB."""
    rng = np.random.default_rng(3)
    canvas = _sky(rng)
    view = _View()
    _ground(canvas, view, rng)
    for side in (-1, 1):
        _houses(canvas, view, side, rng)
    things: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = [
        *((far, _tree, (side * 5.4, rng)) for side, far in ((-1, 46), (1, 40), (-1, 30), (1, 21), (-1, 13.5))),
        *((far, _lamp_post, (side * 4.5,)) for side, far in ((1, 30), (-1, 19), (1, 12))),
        (9.5, _sign, (4.7,)),
        (17.0, _pedestrian, (-5.2, (150, 60, 50))),
        (13.0, _pedestrian, (5.3, (60, 80, 130))),
        (12.6, _pedestrian, (5.9, (190, 170, 120))),
        (14.5, _pedestrian, (-6.4, (90, 110, 90))),
        (26.0, _car, (-2.9, (70, 80, 110))),
        (18.0, _car, (3.0, (190, 190, 195))),
        (9.4, _car, (1.2, (150, 30, 35))),
    ]
    for far, draw, details in sorted(things, key=lambda thing: -thing[0]):
        draw(canvas, view, far, *details)
    return finish(canvas, rng)


class _View:
    """A camera above the road: metres to the right ``x``, up ``y`` and away ``far`` become pixels of the canvas."""

    eye = 1.7
    focal = 0.95 * WIDTH
    centre = WIDTH / 2
    horizon = 0.47 * HEIGHT

    def point(self, x: float, y: float, far: float) -> Point:
        """Return where a point is seen."""
        return self.centre + self.focal * x / far, self.horizon + self.focal * (self.eye - y) / far

    def metre(self, far: float) -> float:
        """Return how many pixels a metre takes at a distance."""
        return self.focal / far


def _sky(rng: np.random.Generator) -> Canvas:
    """Return a canvas of blue sky with soft clouds."""
    down = np.linspace(0, 1, HEIGHT)[:, None, None] ** 0.7
    blue = np.array([95, 145, 205]) * (1 - down) + np.array([225, 232, 238]) * down
    cloud = np.clip((noise(rng, HEIGHT, WIDTH, 5) - 0.42) * 2.6, 0, 0.8)[..., None]
    return np.asarray(blue * (1 - cloud) + 246 * cloud, np.uint8)


def _ground(canvas: Canvas, view: _View, rng: np.random.Generator) -> None:
    """Draw the road with its markings, kerbs and pavements."""
    near, end = 1.2, 400.0
    fill(canvas, [view.point(x, 0, far) for x, far in ((-60, end), (60, end), (60, near), (-60, near))], (112, 122, 92))
    for side in (-1, 1):
        slab = [view.point(side * x, 0, far) for x, far in ((4, near), (4, end), (7.2, end), (7.2, near))]
        fill(canvas, slab, (172, 164, 154))
        for far in np.arange(2, 60, 1.5):
            ends = [view.point(side * x, 0, float(far)) for x in (4, 7.2)]
            stroke(canvas, ends, (140, 133, 124), max(1, view.metre(float(far)) * 0.03))
    fill(canvas, [view.point(x, 0, far) for x, far in ((-4, near), (-4, end), (4, end), (4, near))], (84, 85, 90))
    for side in (-1, 1):
        kerb = [view.point(side * x, 0, far) for x, far in ((3.9, near), (3.9, end), (4.1, end), (4.1, near))]
        fill(canvas, kerb, (196, 192, 184))
    for far in np.arange(2.5, 120, 6):
        dash = [view.point(x, 0, float(f)) for x, f in ((-0.07, far), (-0.07, far + 3), (0.07, far + 3), (0.07, far))]
        fill(canvas, dash, (226, 226, 220))
    below = canvas[round(view.horizon) :]
    grain = noise(rng, len(below), WIDTH, 7)[..., None] * 0.3 + 0.85
    below[:] = np.clip(below * grain, 0, 255).astype(np.uint8)


def _houses(canvas: Canvas, view: _View, side: int, rng: np.random.Generator) -> None:
    """Draw a row of houses along one side of the street, the far ones first; the left row lies in the shade."""
    walls = ((176, 120, 96), (206, 188, 156), (150, 146, 148), (188, 160, 120), (168, 104, 84), (216, 208, 194))
    starts = [3.0]
    while starts[-1] < 90:
        starts.append(starts[-1] + float(rng.uniform(7, 12)))
    for index in reversed(range(len(starts) - 1)):
        near, end = starts[index], starts[index + 1]
        storeys = int(rng.integers(3, 6))
        wall = _wall(walls[(index * 2 + side) % len(walls)], storeys, max(2, round((end - near) / 2.6)), rng)
        light = 0.62 if side < 0 else 1.0
        haze = min(0.5, near / 140)
        wall = (wall * light * (1 - haze) + 205 * haze).astype(np.uint8)
        top = storeys * 3.1 + 0.8
        corners = [view.point(side * 7.2, y, far) for y, far in ((top, near), (top, end), (0, end), (0, near))]
        paste(canvas, wall, corners)


def _wall(colour: Colour, storeys: int, columns: int, rng: np.random.Generator) -> Canvas:
    """Return the front of a house seen straight on: plaster or brick, windows, a door and a cornice."""
    storey, column = 96, 80
    height, width = storeys * storey + 24, columns * column
    texture = 0.86 + 0.28 * noise(rng, height, width, 6)[..., None]
    wall = np.asarray(np.clip(np.array(colour) * texture, 0, 255), np.uint8)
    wall[:16] = (0.7 * np.array(colour)).astype(np.uint8)
    for floor in range(storeys):
        for place in range(columns):
            left, top = place * column + 22, 24 + floor * storey + 22
            bottom = top + (74 if floor == storeys - 1 and place % 3 == 1 else 52)
            pane = int(rng.integers(45, 110))
            cv2.rectangle(wall, (left - 4, top - 4), (left + 40, bottom + 4), (232, 228, 220), -1)
            cv2.rectangle(wall, (left, top), (left + 36, bottom), (pane, pane + 8, pane + 18), -1)
            cv2.line(wall, (left + 18, top), (left + 18, bottom), (226, 222, 214), 3)
            gleam = np.array([[left, top], [left + 16, top], [left, top + 30]])
            cv2.fillConvexPoly(wall, gleam, (pane + 50, pane + 62, pane + 75))
    return wall


def _tree(canvas: Canvas, view: _View, far: float, x: float, rng: np.random.Generator) -> None:
    """Draw a tree: a trunk, and a crown of many leaves, lighter towards the sun at the upper right."""
    unit = view.metre(far)
    foot, top = view.point(x, 0, far), view.point(x, 2.6, far)
    shadow(canvas, foot, 1.3 * unit, 0.22 * unit)
    stroke(canvas, [foot, top], (78, 62, 50), 0.28 * unit)
    across, down = view.point(x, 4.2, far)
    for _ in range(700):
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        at = across + 1.9 * unit * radius * np.cos(angle), down + 1.75 * unit * radius * np.sin(angle)
        light = 0.62 + 0.22 * radius * np.cos(angle + 0.8) + rng.uniform(-0.12, 0.2)
        leaf = np.clip(np.array([104, 134, 62]) * light, 0, 255)
        size = rng.uniform(0.07, 0.24) * unit
        disc(canvas, at, (size + 1, size * 0.7 + 1), leaf.tolist(), angle=np.degrees(angle))


def _lamp_post(canvas: Canvas, view: _View, far: float, x: float) -> None:
    """Draw a lamp post whose arm reaches over the road."""
    unit = view.metre(far)
    arm = x - np.sign(x) * 1.2
    stroke(canvas, [view.point(x, 0, far), view.point(x, 5.6, far), view.point(arm, 6, far)], (88, 92, 96), 0.1 * unit)
    lamp = [view.point(arm, 5.95, far), view.point(arm - np.sign(x) * 0.5, 5.95, far)]
    stroke(canvas, lamp, (210, 210, 205), 0.2 * unit)


def _sign(canvas: Canvas, view: _View, far: float, x: float) -> None:
    """Draw a round traffic sign with a triangular one below it."""
    unit = view.metre(far)
    stroke(canvas, [view.point(x, 0, far), view.point(x, 2.9, far)], (120, 124, 128), 0.07 * unit)
    centre = view.point(x, 2.75, far)
    for radius, colour in ((0.36, (200, 30, 35)), (0.27, (240, 240, 240))):
        disc(canvas, centre, (radius * unit, radius * unit), colour)
    stroke(canvas, [view.point(x - 0.16, 2.75, far), view.point(x + 0.16, 2.75, far)], (30, 30, 30), 0.12 * unit)
    for size, colour in ((0.34, (200, 30, 35)), (0.2, (245, 235, 200))):
        triangle = [view.point(x + dx * size, 1.9 + dy * size, far) for dx, dy in ((-1, -0.7), (1, -0.7), (0, 1.1))]
        fill(canvas, triangle, colour)


def _pedestrian(canvas: Canvas, view: _View, far: float, x: float, shirt: Colour) -> None:
    """Draw a person on the pavement in mid-step."""
    unit = view.metre(far)
    shadow(canvas, view.point(x, 0, far), 0.4 * unit, 0.1 * unit)
    hip, neck = view.point(x, 0.9, far), view.point(x, 1.45, far)
    for foot in (-0.18, 0.16):
        stroke(canvas, [hip, view.point(x + foot, 0.05, far)], (52, 54, 70), 0.17 * unit)
    for hand, tone in ((-0.26, 0.75), (0.24, 1.15)):
        sleeve = np.clip(np.array(shirt) * tone, 0, 255)
        stroke(canvas, [neck, view.point(x + hand, 0.85, far)], sleeve.tolist(), 0.12 * unit)
    stroke(canvas, [hip, neck], shirt, 0.34 * unit)
    disc(canvas, view.point(x, 1.68, far), (0.13 * unit, 0.14 * unit), (206, 160, 132))
    disc(canvas, view.point(x, 1.71, far), (0.14 * unit, 0.13 * unit), (60, 42, 32), upper_half=True)


def _car(canvas: Canvas, view: _View, far: float, x: float, paint: Colour) -> None:
    """Draw a car from behind."""

    def shape(*corners: Point) -> list[Point]:
        return [view.point(x + dx, y, far) for dx, y in corners]

    def upright(middle: float, half: float, top: float, bottom: float) -> list[Point]:
        left, right = middle - half, middle + half
        return shape((left, top), (right, top), (right, bottom), (left, bottom))

    unit = view.metre(far)
    dark = [0.6 * value for value in paint]
    light = [min(255.0, 1.25 * value + 15) for value in paint]
    shadow(canvas, view.point(x, 0, far), 1.15 * unit, 0.18 * unit)
    for wheel in (-0.72, 0.72):
        fill(canvas, upright(wheel, 0.13, 0, 0.5), (24, 24, 26))
    fill(canvas, shape((-0.6, 1.48), (0.6, 1.48), (0.82, 0.92), (-0.82, 0.92)), light)
    fill(canvas, shape((-0.54, 1.4), (0.54, 1.4), (0.7, 0.97), (-0.7, 0.97)), (48, 58, 68))
    fill(canvas, shape((-0.5, 1.38), (0.1, 1.38), (-0.25, 0.99), (-0.66, 0.99)), (96, 110, 122))
    fill(canvas, shape((-0.86, 0.94), (0.86, 0.94), (0.9, 0.55), (0.86, 0.27), (-0.86, 0.27), (-0.9, 0.55)), paint)
    fill(canvas, shape((-0.84, 0.94), (0.84, 0.94), (0.86, 0.86), (-0.86, 0.86)), light)
    fill(canvas, shape((-0.88, 0.42), (0.88, 0.42), (0.84, 0.25), (-0.84, 0.25)), dark)
    fill(canvas, shape((-0.26, 0.62), (0.26, 0.62), (0.26, 0.5), (-0.26, 0.5)), (235, 232, 220))
    for lamp in (-0.74, 0.74):
        fill(canvas, upright(lamp, 0.13, 0.82, 0.64), (205, 40, 40))
