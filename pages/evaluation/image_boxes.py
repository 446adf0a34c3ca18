"""The box of one model in the plot of single images: all points of few images, and of many the telling ones."""

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pages.shared.content.scores import Scores
from pages.shared.ui.charts import literal

MOST_POINTS = 500
"""From more images on, a box has only the points that lie outside of its whiskers and some of the others."""


def box(one: Scores) -> dict[str, Any]:
    """Return the values of a model's box as Plotly takes them: every image, or quartiles and some of the images."""
    values, ids = one.images["miou"].to_numpy(float), one.images["id"].to_numpy(object)
    if np.sum(~np.isnan(values)) <= MOST_POINTS:
        return {"x": values, "customdata": [literal(name) for name in ids]}
    known = ~np.isnan(values)
    values, ids = values[known], ids[known]
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    reach = 1.5 * (q3 - q1)
    inside = values[(values >= q1 - reach) & (values <= q3 + reach)]
    points = shown(values, inside.min(), inside.max())
    return {
        "y": [literal(one.name)], "q1": [q1], "median": [median], "q3": [q3], "orientation": "h",
        "lowerfence": [inside.min()], "upperfence": [inside.max()],
        "x": [values[points].tolist()], "customdata": [[literal(name) for name in ids[points]]],
    }  # fmt: skip


def image_of(point: Mapping[str, Any]) -> str:
    """Return the id of the image whose point was clicked on, as ``charts.show`` tells it.

    >>> image_of({"curve_number": 0, "customdata": "a&amp;b"})
    'a&b'
    """
    return html.unescape(str(point["customdata"]))


def shown(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    """Return which of many values have a point: evenly many from the lowest to the highest, and all beyond the fences.

    If those beyond are too many, they are thinned, too; the lowest and the highest are always among them.
    """
    order = np.argsort(values, kind="stable")
    beyond = (values[order] < low) | (values[order] > high)
    parts = [_spread(order[beyond]), _spread(order[~beyond])]
    return np.sort(np.concatenate(parts))


def _spread(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return up to half of ``MOST_POINTS`` of these, evenly spread, with the first and the last."""
    if len(order) <= MOST_POINTS // 2:
        return order
    return order[np.linspace(0, len(order) - 1, MOST_POINTS // 2).round().astype(int)]
