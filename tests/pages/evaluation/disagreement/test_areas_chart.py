"""The shares of the four areas, and their bars."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from models.analysis.disagreement import AREAS, Disagreement
from pages.evaluation.disagreement import areas_chart

SPACE = LabelSpace(("cat", "<b>dog", "sky", "void"), ("#111111", "#222222", "#333333", "#000000"), void=3)
FOUND = Disagreement(np.array([[6, 2, 0, 2], [4, 0, 5, 1], [0, 0, 0, 0]]), (), 0)


def test_shares_of_all_pixels_and_of_each_class_in_the_truth():
    table = areas_chart.shares(FOUND, SPACE)
    assert table["class"].tolist() == [areas_chart.ALL, "cat", "<b>dog"]
    assert table["pixels"].tolist() == [20, 10, 10]
    by_area = table[[f"{AREAS.names[area]}, share" for area in AREAS.scored]].to_numpy()
    np.testing.assert_allclose(by_area, [[0.5, 0.1, 0.25, 0.15], [0.6, 0.2, 0, 0.2], [0.4, 0, 0.5, 0.1]])


def test_bars_fill_100_per_cent_and_differ_by_more_than_colour():
    figure = areas_chart.figure(areas_chart.shares(FOUND, SPACE))
    assert sum(np.array(bar.x) for bar in figure.data) == pytest.approx([100, 100, 100])
    assert [bar.marker.color for bar in figure.data] == [AREAS.colours[area] for area in AREAS.scored]
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 4
    assert "<b>" not in figure.to_json()
