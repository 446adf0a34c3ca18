"""The reliability diagram."""

from dataclasses import replace

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
