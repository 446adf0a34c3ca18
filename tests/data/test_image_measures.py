"""Measures of constructed pictures and masks."""

import math

import cv2
import numpy as np
import pytest

from data import image_measures
from data.image_measures import MEASURES, border_share, brightness, contrast, measure, sharpness
from data.label_space import LabelSpace

SPACE = LabelSpace(("a", "b", "void"), ("#000000", "#ffffff", "#808080"), void=2)


def test_brightness_and_contrast_are_those_of_the_luma():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 3:] = (100, 200, 50)
    luma = round(0.299 * 100 + 0.587 * 200 + 0.114 * 50)
    assert brightness(picture) == luma / 2
    assert contrast(picture) == luma / 2


def test_a_blurred_picture_is_less_sharp_at_any_size():
    picture = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)
    assert sharpness(blurred) < sharpness(picture) / 50
    larger = np.asarray(cv2.resize(blurred, (1024, 768), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert sharpness(larger) == pytest.approx(sharpness(blurred), rel=0.2)
    assert sharpness(np.full((1, 2000, 3), 9, np.uint8)) == 0


def test_the_border_is_what_lies_near_another_scored_class():
    mask = np.zeros((100, 100), np.uint8)
    mask[:, 60:] = 1
    mask[90:] = 2
    reach = max(1, round(image_measures.BORDER_WIDTH * math.hypot(100, 100)))
    assert border_share(mask, SPACE) == 90 * 2 * reach / 9000, "one strip on each side, none at void or at the edge"
    assert border_share(np.zeros((9, 9), np.uint8), SPACE) == 0
    assert math.isnan(border_share(np.full((9, 9), 2, np.uint8), SPACE))


def test_the_border_is_that_of_looking_around_every_pixel():
    mask = np.random.default_rng(1).choice(3, (12, 15), p=[0.6, 0.2, 0.2]).astype(np.uint8)
    near = 0
    for row, column in zip(*np.nonzero(mask != 2), strict=True):
        around = mask[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        near += len(set(around[around != 2].tolist())) > 1
    assert border_share(mask, SPACE) == near / (mask != 2).sum()


def test_there_is_a_value_for_each_measure():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    values = measure(picture, np.zeros((30, 40), np.uint8), SPACE)
    assert dict(zip(MEASURES, values, strict=True)) == {
        "brightness": brightness(picture),
        "contrast": contrast(picture),
        "sharpness": sharpness(picture),
        "border": 0,
    }
