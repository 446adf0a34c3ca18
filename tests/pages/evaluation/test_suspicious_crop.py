"""The picture of a suspicious region."""

import numpy as np
import pytest

from data import strips
from data.label_space import LabelSpace
from data.store import Sample
from models.analysis import suspicious_truth
from models.analysis.suspicious_truth import Answer, Judged
from pages.evaluation import suspicious_crop

SPACE = LabelSpace(("cat", "dog"), ("#ff0000", "#0000ff"))


@pytest.mark.parametrize(
    ("box", "shape", "rows", "columns"),
    [
        ((100, 50, 40, 20), (300, 400), (30, 90), (80, 160)),
        ((0, 0, 10, 10), (300, 400), (0, 60), (0, 80)),  # it is moved inside
        ((390, 290, 10, 10), (300, 400), (240, 300), (320, 400)),
        ((0, 0, 30, 20), (20, 30), (0, 20), (0, 30)),  # the image is smaller than a crop
        ((0, 100, 400, 2), (300, 400), (0, 300), (0, 400)),
    ],
)
def test_a_crop_holds_the_box_and_stays_inside_the_image(box, shape, rows, columns):
    found = suspicious_crop.window(box, shape)
    assert [(part.start, part.stop) for part in found] == [rows, columns]


def test_the_outline_is_black_around_the_region_and_white_in_it():
    inside = np.zeros((30, 30), np.uint8)
    inside[10:20, 10:20] = 1
    grey = np.full((30, 30, 3), 128, np.uint8)
    row = suspicious_crop.outlined(grey, inside)[15, :, 0].tolist()
    assert row == 8 * [128] + 2 * [0] + 2 * [255] + 6 * [128] + 2 * [255] + 2 * [0] + 8 * [128]
    assert (grey == 128).all()


def test_the_proposal_differs_from_the_mask_in_the_region_only():
    labels = np.zeros((60, 80), np.uint8)
    labels[20:40, 30:50] = 1
    truth = np.zeros_like(labels)
    image = Judged("a", truth, [Answer(labels, np.full(labels.shape, 60, np.uint8))])
    (region,) = suspicious_truth.regions(image, [np.zeros(256)], SPACE)
    grey = np.full((*truth.shape, 3), 128, np.uint8)
    crop = suspicious_crop.crop(Sample("a", grey, truth), region, SPACE)
    width = round(strips.HEIGHT * 80 / 60)
    assert crop.shape == (strips.HEIGHT, 3 * width + 2 * strips.GAP, 4)
    mask, proposal = crop[:, width + strips.GAP : 2 * width + strips.GAP], crop[:, -width:]
    changed = (mask != proposal).any(axis=2)
    scale = strips.HEIGHT / 60
    assert changed.sum() == pytest.approx(region.pixels * scale**2, rel=0.05)
    assert changed[round(30 * scale), round(40 * scale)]
