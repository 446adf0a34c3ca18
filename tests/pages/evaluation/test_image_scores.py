"""The distribution of the scores of single images."""

from dataclasses import replace

from pages.evaluation import image_scores
from pages.shared.ui.charts import Style

STYLES = [Style.of(0), Style.of(1)]


def test_every_image_of_every_model_is_shown(two):
    chart = image_scores.figure(two, STYLES)
    assert [len(box.x) for box in chart.data] == [30, 30]


def test_names_are_shown_as_they_are(two):
    odd = [replace(one, name=f"<b>{one.name}</b>") for one in two]
    chart = image_scores.figure(odd, STYLES)
    assert "&lt;b&gt;good&lt;/b&gt;" in {trace.name for trace in chart.data}
    assert "<b>" not in chart.to_json()
