"""What can be measured of a picture and its mask without a model: how bright, how sharp, how many borders.

Each measure is a pure function of arrays; ``MEASURES`` lists them with their names, units and definitions.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace

VERSION = 1
"""Part of the name of stored measurements; raise it whenever a definition changes."""
SHARPNESS_SIDE = 512
"""Longer side in pixels to which a picture is brought before its sharpness is measured."""
BORDER_WIDTH = 0.005
"""How near another class a pixel of the border is, relative to the mask's diagonal."""


@dataclass(frozen=True)
class Measure:
    """A measure: its name in a sentence, its unit, its definition, and what a third of the images is called by it."""

    title: str
    unit: str
    about: str
    thirds: tuple[str, str, str]
    factor: float = 1
    """What a value is multiplied by to have the unit."""


MEASURES: dict[str, Measure] = {
    "brightness": Measure(
        "Brightness",
        "levels of 0 to 255",
        "Mean luma of the photograph: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).",
        ("dark", "medium", "bright"),
    ),
    "contrast": Measure(
        "Contrast",
        "levels of 0 to 255",
        "Standard deviation of the photograph's luma over its pixels.",
        ("low contrast", "medium", "high contrast"),
    ),
    "sharpness": Measure(
        "Sharpness",
        "squared levels",
        f"Variance of the Laplacian (3 x 3) of the luma, after the longer side is brought to {SHARPNESS_SIDE} pixels. "
        "Low for blurred photographs, but also for plain ones.",
        ("blurred", "medium", "sharp"),
    ),
    "border": Measure(
        "Share of border",
        "% of the scored pixels",
        f"Scored pixels of the truth that lie within {100 * BORDER_WIDTH:g} % of the mask's diagonal, at least one "
        "pixel, of a pixel of another scored class.",
        ("little border", "medium", "much border"),
        factor=100,
    ),
}


def luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the luma ``(H, W)`` of an RGB image ``(H, W, 3)``, 0 to 255."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def brightness(image: NDArray[np.uint8]) -> float:
    """Return the mean luma of an RGB image ``(H, W, 3)``, 0 to 255.

    >>> brightness(np.full((2, 3, 3), 50, np.uint8))
    50.0
    """
    return float(luma(image).mean())


def contrast(image: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the luma of an RGB image ``(H, W, 3)``, 0 to 127.5."""
    return float(luma(image).std())


def sharpness(image: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian of an RGB image ``(H, W, 3)`` whose longer side is ``SHARPNESS_SIDE``.

    Source: Pech-Pacheco et al. 2000, Diatom Autofocusing in Brightfield Microscopy, section 2.
    """
    height, width = image.shape[:2]
    scale = SHARPNESS_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return float(cv2.Laplacian(cv2.resize(luma(image), size, interpolation=kind), cv2.CV_64F).var())


def border_share(mask: NDArray[np.uint8], space: LabelSpace) -> float:
    """Return the share of the scored pixels of a mask ``(H, W)`` that lie near another scored class; ``nan`` for none.

    Neither void nor the edge of the image makes a border.
    """
    scored = np.isin(mask, space.scored)
    if not scored.any():
        return math.nan
    reach = max(1, round(BORDER_WIDTH * math.hypot(*mask.shape)))
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    lowest = cv2.erode(np.where(scored, mask, np.uint8(255)), square)
    highest = cv2.dilate(np.where(scored, mask, np.uint8(0)), square)
    return float((scored & (lowest != highest)).sum() / scored.sum())


def measure(image: NDArray[np.uint8], mask: NDArray[np.uint8], space: LabelSpace) -> tuple[float, ...]:
    """Return a value for each of ``MEASURES``, of an RGB image ``(H, W, 3)`` and its mask ``(H, W)``."""
    return brightness(image), contrast(image), sharpness(image), border_share(mask, space)
