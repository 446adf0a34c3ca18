"""The boxes of the single images: few images all have a point, of many only some."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pages.evaluation import image_boxes, image_scores
from pages.shared.ui.charts import Style


@pytest.fixture
def many(two):
    """Return scores of 3,000 images, 40 of which are far worse than the others."""
    random = np.random.default_rng(0)
    values = np.clip(random.normal(0.8, 0.04, 3000), 0, 1)
    values[:40] = random.uniform(0, 0.3, 40)
    first = two[0].stored.per_image[0]
    images = tuple(
        first.model_copy(update={"id": f"<{index}>", "miou": float(value)}) for index, value in enumerate(values)
    )
    return replace(two[0], stored=two[0].stored.model_copy(update={"per_image": images}))


def test_the_box_of_many_images_has_their_quartiles_and_a_few_points_with_all_outliers(many):
    values = many.images["miou"].to_numpy()
    box = image_boxes.box(many)
    assert [box["q1"][0], box["median"][0], box["q3"][0]] == pytest.approx(np.percentile(values, [25, 50, 75]))
    points = dict(zip(box["customdata"][0], box["x"][0], strict=True))
    assert len(points) <= image_boxes.MOST_POINTS
    assert set(range(40)) <= {int(name.removeprefix("&lt;").removesuffix("&gt;")) for name in points}
    assert min(points.values()) == values.min()
    assert max(points.values()) == values.max()
    outside = [value for value in points.values() if not box["lowerfence"][0] <= value <= box["upperfence"][0]]
    assert len(outside) == np.sum((values < box["lowerfence"][0]) | (values > box["upperfence"][0]))


def test_the_chart_of_many_images_stays_small(many):
    chart = image_scores.figure([many, many], [Style.of(0), Style.of(1)])
    sent = chart.to_json()
    assert len(sent) < 80_000
    (names,) = json.loads(sent)["data"][0]["customdata"]
    assert "&lt;0&gt;" in names, "each point has its own, for the hover text"


def test_the_box_of_few_images_has_all_of_them(two):
    box = image_boxes.box(two[0])
    assert sorted(box["x"]) == sorted(two[0].images["miou"])
    assert len(box["customdata"]) == 30


def test_a_point_that_is_clicked_on_names_its_image(many, two):
    (few_trace,) = image_scores.figure([two[0]], [Style.of(0)]).data
    (many_trace,) = image_scores.figure([many], [Style.of(0)]).data
    for one, told, value in [
        (two[0], few_trace.customdata[7], few_trace.x[7]),
        (many, many_trace.customdata[0][7], many_trace.x[0][7]),
    ]:
        image = image_boxes.image_of({"curve_number": 0, "customdata": told})
        assert one.images.set_index("id").loc[image, "miou"] == value
