"""The reliability diagram."""

from dataclasses import replace

from models.runs.evaluation import CalibrationBin
from pages.evaluation import reliability_diagram
from pages.shared.ui.charts import Style

STYLES = [Style.of(0), Style.of(1)]


def test_every_model_has_a_point_for_each_bin_with_pixels(two):
    lines = reliability_diagram.figure(two, STYLES).data[1:]
    assert [line.name for line in lines] == ["good", "bad"]
    assert [len(line.x) for line in lines] == [int((one.bins["pixels"] > 0).sum()) for one in two]


def test_names_are_shown_as_they_are(two):
    odd = [replace(one, name=f"<b>{one.name}</b>") for one in two]
    chart = reliability_diagram.figure(odd, STYLES)
    assert "&lt;b&gt;good&lt;/b&gt;" in {trace.name for trace in chart.data}
    assert "<b>" not in chart.to_json()


def test_a_point_opens_the_bin_that_it_shows(two):
    empty = CalibrationBin(pixels=0, accuracy=None, confidence=None)
    bins = (empty, *two[1].stored.calibration[1:4], empty, *two[1].stored.calibration[5:])
    gaps = [two[0], replace(two[1], stored=two[1].stored.model_copy(update={"calibration": bins}))]
    line = reliability_diagram.figure(gaps, STYLES).data[2]
    expected = [index for index, entry in enumerate(bins) if entry.pixels]
    for position, index in enumerate(expected):
        assert reliability_diagram._bin(gaps, {"curve_number": 2, "point_index": position}) == ("bad", index)
        assert line.x[position] == bins[index].confidence
