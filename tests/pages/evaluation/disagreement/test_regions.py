"""The list of regions, and their cropped pictures."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from models.analysis.disagreement import ONLY_B, DifferingRegion
from pages.evaluation.disagreement import regions
from pages.evaluation.disagreement.regions import LEAST_MARGIN, SIDE

SPACE = LabelSpace(("cat", "dog"), ("#111111", "#222222"))


def test_the_list_has_everything_about_a_region():
    table = regions.listed([DifferingRegion("img", ONLY_B, 0, 1, 0, 12, (3, 4, 5, 6), (4, 3))], SPACE)
    assert table.to_dict("records") == [
        {"image": "img", "area": "only B right", "truth": "cat", "a": "dog", "b": "cat", "pixels": 12}
        | {"left": 3, "top": 4, "width": 5, "height": 6}
    ]


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_region_is_outlined_in_two_colours_on_any_picture(grey):
    mask = np.zeros((100, 200), bool)
    mask[40:60, 80:100] = True
    picture = regions.cropped(np.full((100, 200, 3), grey, np.uint8), mask, (80, 40, 20, 20))
    assert picture.shape == (SIDE, SIDE, 3)
    scale = SIDE / (20 + 2 * LEAST_MARGIN)
    row = picture[SIDE // 2, :, 0].astype(int)
    edges = [round(LEAST_MARGIN * scale), round((LEAST_MARGIN + 20) * scale)]
    for edge in edges:
        near = row[edge - 6 : edge + 6]
        assert near.max() > 200
        assert near.min() < 50
    assert row[SIDE // 2] == grey
    assert row[: edges[0] - 8].tolist() == (edges[0] - 8) * [grey]


def test_a_cropped_picture_ends_with_the_image():
    mask = np.zeros((30, 60), bool)
    mask[:, :2] = True
    assert regions.cropped(np.zeros((30, 60, 3), np.uint8), mask, (0, 0, 2, 30)).shape == (
        SIDE,
        round(SIDE * 28 / 30),
        3,
    )
