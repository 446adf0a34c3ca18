"""Colours and shapes that tell series apart."""

import itertools
import re

import numpy as np
import pytest
from skimage import color

from pages.components.charts import COLOURS, PATTERNS, SYMBOLS, Style

DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""How the colour-blind see linear RGB (Machado, Oliveira and Fernandes 2009, severity 1)."""


def linear(colour):
    channels = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour, deficiency):
    light = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear(colour), 0, 1)
    return color.rgb2lab(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_first_seven_colours_differ_for_everyone(deficiency):
    pairs = itertools.combinations(COLOURS[:7], 2)
    near = {pair: float(color.deltaE_ciede2000(*(seen(one, deficiency) for one in pair))) for pair in pairs}
    assert {pair: distance for pair, distance in near.items() if distance < 8} == {}


@pytest.mark.parametrize("background", ["#ffffff", "#12171d"])
def test_every_colour_stands_out_from_the_background(background):
    def luminance(colour):
        return float(linear(colour) @ [0.2126, 0.7152, 0.0722])

    for colour in COLOURS:
        darker, brighter = sorted([luminance(colour), luminance(background)])
        assert (brighter + 0.05) / (darker + 0.05) >= 3, colour


def test_a_colour_that_comes_again_has_another_shape():
    styles = [Style.of(index) for index in range(len(COLOURS) * len(SYMBOLS))]
    assert len({(style.colour, style.symbol) for style in styles}) == len(styles)
    assert len({(style.colour, style.pattern) for style in styles}) == len(styles)
    assert len(set(PATTERNS)) == len(PATTERNS)
    assert all(re.fullmatch("#[0-9a-f]{6}", style.colour) for style in styles)
