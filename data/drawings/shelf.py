"""A drawn grocery shelf: bottles, tins and cartons, several of each side by side."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from data.drawings.canvas import HEIGHT, WIDTH, Canvas, Colour, disc, fill, finish, shade

WHITE_LABEL = (240, 238, 230)

PRODUCTS = ((196, 44, 40), (36, 110, 60), (235, 180, 40), (40, 80, 160), (214, 104, 34), (120, 60, 130), (90, 52, 34))
"""Colours of the products."""


def shelf() -> NDArray[np.uint8]:
    """Draw a grocery shelf: ``(360, 480, 3)`` RGB."""
    rng = np.random.default_rng(8)
    canvas = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    canvas[:] = (np.linspace(120, 165, HEIGHT)[:, None, None] * np.array([0.97, 0.96, 0.92])).astype(np.uint8)
    rows = 3
    for row in range(rows):
        floor, space = round(HEIGHT * (row + 0.92) / rows), round(HEIGHT * 0.76 / rows)
        shade(canvas, slice(floor - space - 30, floor - space + 60), 0.45)  # under the board above
        left = -20.0
        while left < WIDTH:
            draw = (_bottle, _tin, _carton)[(row + int(rng.integers(0, 2))) % 3]
            left = _facings(canvas, draw, left, floor, space, rng)
        _board(canvas, floor)
    return finish(canvas, rng)


def _board(canvas: Canvas, floor: int) -> None:
    """Draw the front edge of a shelf board with its price tags."""
    cv2.rectangle(canvas, (0, floor), (WIDTH, floor + 24), (214, 213, 207), cv2.FILLED)
    cv2.rectangle(canvas, (0, floor), (WIDTH, floor + 3), (246, 246, 242), cv2.FILLED)
    for tag in range(34, WIDTH, 148):
        cv2.rectangle(canvas, (tag, floor + 5), (tag + 54, floor + 21), (250, 238, 140), cv2.FILLED)
        cv2.line(canvas, (tag + 6, floor + 10), (tag + 24, floor + 10), (90, 90, 90), 2)
        cv2.rectangle(canvas, (tag + 30, floor + 9), (tag + 48, floor + 17), (50, 50, 50), cv2.FILLED)


Product = Callable[[float, Colour, Colour], tuple[Canvas, NDArray[np.uint8]]]
"""Draws a product, given its height and two colours: picture ``(H, W, 3)`` and its opacity ``(H, W)``."""


def _facings(canvas: Canvas, draw: Product, left: float, floor: int, space: int, rng: np.random.Generator) -> float:
    """Put two to four of one product side by side on a board; return where the next product may begin."""
    first, second = rng.choice(len(PRODUCTS), 2, replace=False)
    product, cover = draw(float(rng.uniform(0.72, 0.97)) * space, PRODUCTS[first], PRODUCTS[second])
    height, width = cover.shape
    for _ in range(int(rng.integers(2, 5))):
        start, stop = max(0, round(left)), min(WIDTH, round(left) + width)
        if start >= stop:
            break
        shown = slice(start - round(left), stop - round(left))
        light = float(rng.uniform(0.9, 1.03))
        alpha = cover[:, shown, None] / 255
        behind = canvas[floor - height : floor, start:stop]
        behind[:] = np.clip(product[:, shown] * light * alpha + behind * (1 - alpha), 0, 255).astype(np.uint8)
        left += width + 4
    return left + 8


def _round(product: Canvas) -> Canvas:
    """Light a flat picture as if it were wrapped round a cylinder, with a highlight left of the middle."""
    across = np.linspace(-1, 1, product.shape[1])
    light = 0.35 + 0.75 * np.sqrt(1 - 0.9 * across**2)
    gleam = 70 * np.exp(-(((across + 0.4) / 0.13) ** 2))
    return np.asarray(np.clip(product * light[:, None] + gleam[:, None], 0, 255), np.uint8)


def _bottle(height: float, glass: Colour, label: Colour) -> tuple[Canvas, NDArray[np.uint8]]:
    """Draw a bottle with shoulders, a cap and a label round its body."""
    high, wide = round(height), round(height * 0.34)
    product = np.full((high, wide, 3), glass, np.uint8)
    cv2.rectangle(product, (0, 0), (wide, round(0.09 * high)), label, cv2.FILLED)
    cv2.rectangle(product, (0, round(0.46 * high)), (wide, round(0.84 * high)), WHITE_LABEL, cv2.FILLED)
    cv2.rectangle(product, (0, round(0.52 * high)), (wide, round(0.64 * high)), label, cv2.FILLED)
    _writing(product, 0.68, 0.8)
    xs = (0.5, 0.67, 0.67, 0.64, 0.66, 0.9, 0.99, 0.99, 0.9)
    right = list(zip(xs, (0, 0, 0.09, 0.1, 0.22, 0.34, 0.42, 0.97, 1), strict=True))
    outline = [*right, *((1 - x, y) for x, y in reversed(right))]
    cover = np.zeros((high, wide), np.uint8)
    fill(cover, [(x * (wide - 1), y * (high - 1)) for x, y in outline], (255,))
    return _round(product), cover


def _tin(height: float, paper: Colour, stripe: Colour) -> tuple[Canvas, NDArray[np.uint8]]:
    """Draw two tins, one on the other, each with metal rims and a paper label."""
    high, wide = round(height * 0.47), round(height * 0.4)
    product = np.full((high, wide, 3), paper, np.uint8)
    cv2.rectangle(product, (0, round(0.3 * high)), (wide, round(0.7 * high)), WHITE_LABEL, cv2.FILLED)
    disc(product, (wide / 2, high / 2), (wide * 0.3, high * 0.27), stripe)
    _writing(product, 0.76, 0.86)
    for top in (0, 0.94):
        cv2.rectangle(product, (0, round(top * high)), (wide, round((top + 0.06) * high)), (186, 190, 196), cv2.FILLED)
    cover = np.full((high, wide), 255, np.uint8)
    cover[[0, -1], : wide // 12] = cover[[0, -1], -wide // 12 :] = 0
    return np.tile(_round(product), (2, 1, 1)), np.tile(cover, (2, 1))


def _carton(height: float, card: Colour, band: Colour) -> tuple[Canvas, NDArray[np.uint8]]:
    """Draw a carton: a printed front, and a darker edge where its side turns away."""
    high, wide = round(height), round(height * 0.6)
    product = np.full((high, wide, 3), card, np.uint8)
    fill(product, [(0, 0.62 * high), (wide, 0.44 * high), (wide, 0.74 * high), (0, 0.9 * high)], band)
    disc(product, (wide * 0.5, high * 0.64), (wide * 0.34, high * 0.15), (224, 184, 120))
    disc(product, (wide * 0.46, high * 0.61), (wide * 0.2, high * 0.08), (246, 222, 170))
    corners = (round(0.14 * wide), round(0.1 * high)), (round(0.82 * wide), round(0.3 * high))
    cv2.rectangle(product, *corners, WHITE_LABEL, cv2.FILLED)
    _writing(product, 0.15, 0.26)
    light = np.linspace(1.05, 0.9, wide)
    light[-wide // 12 :] = 0.6
    lit = np.clip(product * light[:, None], 0, 255).astype(np.uint8)
    return lit, np.full((high, wide), 255, np.uint8)


def _writing(product: Canvas, top: float, bottom: float) -> None:
    """Draw a bold word and a thin line below it, without letters: heights are parts of the product's."""
    high, wide = product.shape[:2]
    first, last = round(top * high), round(bottom * high)
    for letter in np.arange(0.24, 0.7, 0.12):
        left, right = round(letter * wide), round(letter * wide) + round(0.08 * wide)
        cv2.rectangle(product, (left, first), (right, round((2 * last + first) / 3)), (54, 46, 44), cv2.FILLED)
    cv2.line(product, (round(0.24 * wide), last), (round(0.76 * wide), last), (120, 112, 108), 2)
