"""Colours that can be told apart, also by the colour-blind, for classes that have none."""

from collections.abc import Collection
from functools import cache

import numpy as np
from numpy.typing import NDArray

_FIRST = (  # Okabe and Ito 2008, https://jfly.uni-koeln.de/color/
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442"),
)
SERIES = ("#3d75b5", "#d9662f", "#23a774", "#99536b", "#7d8cf3", "#bc3230", "#d702a6", "#808389")
"""Colours of the models in charts, with a contrast of at least 3:1 to the background of both themes; the first seven
are safe for colour-blind readers. Series never differ by colour alone."""
_LEVELS = (0x00, 0x24, 0x48, 0x6C, 0x90, 0xB4, 0xD8, 0xFF)
_CLOSE = 10.0
"""Colours at a smaller distance in CIELAB, for any kind of vision, count as equal."""

_VISIONS = np.array(  # Machado, Oliveira and Fernandes 2009: normal; without red, green, blue cones; linear RGB
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]
)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def distinct(count: int, taken: Collection[str] = ()) -> list[str]:
    """Return ``count`` colours ``#rrggbb`` that differ from each other and from ``taken``.

    First those of a palette for the colour-blind, then always the one that is farthest from all before.

    >>> distinct(2, ["#0072b2"])
    ['#e69f00', '#009e73']
    """
    candidates = list(_FIRST) + [
        f"#{red:02x}{green:02x}{blue:02x}" for red in _LEVELS for green in _LEVELS for blue in _LEVELS
    ]
    places = np.array([_place(colour) for colour in candidates])  # (N, 4 visions, 3)
    nearest = np.full(len(candidates), np.inf)
    for colour in taken:
        nearest = np.minimum(nearest, _distances(places, _place(colour)))
    chosen: list[str] = []
    for _ in range(count):
        index = next((one for one in range(len(_FIRST)) if nearest[one] > _CLOSE), int(nearest.argmax()))
        chosen.append(candidates[index])
        nearest = np.minimum(nearest, _distances(places, places[index]))
        nearest[index] = -1
    return chosen


def _distances(places: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each colour to one, for the kind of vision that tells them apart least, ``(N,)``."""
    least: NDArray[np.float64] = np.linalg.norm(places - place, axis=-1).min(axis=-1)
    return least


@cache
def _place(colour: str) -> NDArray[np.float64]:
    """Return the CIELAB coordinates of a colour as four kinds of vision see it, ``(4, 3)``."""
    encoded = np.array(list(bytes.fromhex(colour[1:]))) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(_VISIONS @ linear, 0, 1) @ _TO_XYZ.T / _WHITE
    roots = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = roots.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
