"""The chart of quality against cost."""

from dataclasses import replace

from pages.evaluation import quality_chart
from pages.shared.ui.charts import Style

STYLES = [Style.of(0), Style.of(1)]


def test_models_whose_cost_is_known_are_shown_with_their_names(two):
    chart = quality_chart.figure(two, STYLES, {"good": 8.0}, "MB")
    assert all(trace.mode == "markers" and trace.showlegend for trace in chart.data), "a name beside would be cut off"
    assert [(trace.name, trace.x[0], trace.y[0]) for trace in chart.data] == [("good", 8.0, two[0].summary["miou"])]


def test_names_are_shown_as_they_are(two):
    odd = [replace(one, name=f"<b>{one.name}</b>") for one in two]
    chart = quality_chart.figure(odd, STYLES, {one.name: 8.0 for one in odd}, "MB")
    assert "&lt;b&gt;good&lt;/b&gt;" in {trace.name for trace in chart.data}
    assert "<b>" not in chart.to_json()
