"""A picture, its truth and a prediction side by side."""

import numpy as np

from data import strips
from data.label_maps import overlay
from data.label_space import LabelSpace

CLASSES = LabelSpace(("a", "b"), ("#ff0000", "#00ff00"))
KINDS = LabelSpace(("right", "wrong"), ("#0000ff", "#ffff00"))


def test_the_truth_may_have_colours_of_its_own():
    image = np.random.default_rng(0).integers(0, 256, (10, 20, 3), np.uint8)
    labels = np.zeros((10, 20), np.uint8)
    drawn = strips.strip(image, labels, labels, KINDS, 10, truth_space=CLASSES)
    for position, space in [(1, CLASSES), (2, KINDS)]:
        left = position * (20 + strips.GAP)
        expected = overlay(image, labels, space, strips.OPACITY)
        np.testing.assert_array_equal(drawn[:, left : left + 20, :3], expected)
