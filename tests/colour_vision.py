"""How far apart two colours are for people who see them all, and for the colour-blind."""

import itertools
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from skimage import color

DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What becomes of linear RGB at full severity.

Source: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency",
IEEE Transactions on Visualization and Computer Graphics 2009, and the table of matrices that goes with it.
"""


def linear(colour: str) -> NDArray[np.float64]:
    """Return a colour as linear RGB, ``(3,)``, 0 to 1."""
    channels = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour: str, deficiency: str) -> NDArray[np.float64]:
    """Return a colour as someone with the deficiency sees it, ``(3,)`` CIELAB."""
    light = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear(colour), 0, 1)
    return np.asarray(
        color.rgb2lab(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)), np.float64
    )


def too_near(colours: Iterable[str], deficiency: str, least: float) -> dict[tuple[str, str], float]:
    """Return the pairs of colours that are less than ``least`` apart (CIEDE2000), with their distance."""
    distances = {
        (one, other): float(color.deltaE_ciede2000(seen(one, deficiency), seen(other, deficiency)))
        for one, other in itertools.combinations(colours, 2)
    }
    return {pair: distance for pair, distance in distances.items() if distance < least}
