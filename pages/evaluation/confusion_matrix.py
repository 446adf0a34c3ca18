"""The confusion matrix of one model, and the classes that it confuses most often."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from configs import column_names
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import lay_out, literal
from pages.shared.ui.page_state import PageState

BY_TRUTH, BY_PREDICTION = "truth", "prediction"


def draw(state: PageState, shown: Sequence[Scores], picked: Callable[[str, str, str], None]) -> None:
    """Draw the confusion matrix of one of the models shown.

    ``picked`` is told the model, the true class and the predicted one of a cell or a row that was clicked on.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = choose_scores(state, shown)
        options = [BY_TRUTH, BY_PREDICTION]
        about = (
            "Truth: what are the pixels of a class predicted as? Prediction: what are the pixels predicted as a class "
            "really?"
        )
        binding = state.widget("by", BY_TRUTH, options)
        by = st.segmented_control("Shares of", options, required=True, help=about, **binding)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _make_scrollable("evaluation_confusion", 190 + 18 * len(one.classes))
        charts.show(
            figure(one, by),
            "evaluation_confusion",
            f"Confusion matrix of {one.name} in per cent of each {by}",
            lambda: pixel_table(one),
            about=f"Pixels of the split {one.split}, truth by prediction, in per cent of each {by}. Void is not "
            "counted. The CSV has the pixels.",
            picked=lambda point: _pick(one, point, picked),
        )
        st.caption("Click a cell to see the images with most of its pixels.")
    with right:
        st.subheader("Most often confused", anchor=False)
        number, table = st.column_config.NumberColumn, most_confused(one)
        columns = {
            "Share": number(format="percent", help="Part of the pixels of this class predicted as the other one."),
            "Pixels": number(format="localized", help=f"Pixels in the split {one.split}, at the masks' own size."),
        }
        tables.show_clickable(
            table,
            "evaluation_confused",
            lambda row: picked(one.name, table["Truth"].iloc[row], table["Taken for"].iloc[row]),
            column_config=columns,
            alt="Classes most often confused",
        )
        st.caption("Click at the left of a row to see the images with most of its pixels.")


def _pick(one: Scores, point: Mapping[str, Any], picked: Callable[[str, str, str], None]) -> None:
    """Tell which classes the cell of a point has, if it has pixels."""
    names = list(one.classes["name"])
    row, column = divmod(point["point_index"], len(names))
    if one.confusion[row, column]:
        picked(one.name, names[row], names[column])


def normalised(confusion: NDArray[np.int64], by: str) -> NDArray[np.float64]:
    """Return a confusion matrix as shares of each row (``truth``) or column (``prediction``); NaN for an empty one.

    >>> normalised(np.array([[3, 1], [0, 0]]), "truth").tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    total = confusion.sum(axis=1 if by == BY_TRUTH else 0, keepdims=True)
    return np.divide(confusion, total, out=np.full(confusion.shape, np.nan), where=total > 0)


def figure(one: Scores, by: str) -> go.Figure:
    """Return the confusion matrix of a model as a heat map, truth from top to bottom, prediction from left to right."""
    names = list(one.classes["name"].map(literal))
    shares = normalised(one.confusion, by)
    least = 0 if len(names) <= 12 else 0.005
    text = [[f"{100 * share:.0f}" if share >= least else "" for share in row] for row in shares]
    part = "of the pixels of this truth" if by == BY_TRUTH else "of the pixels of this prediction"
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares, x=names, y=names, text=text, texttemplate="%{text}", zmin=0, zmax=100, xgap=1, ygap=1,
            colorscale="Cividis", colorbar={"title": {"text": "%"}, "thickness": 12, "len": 0.6}, hoverinfo="skip",
        )
    )  # fmt: skip
    # Plotly selects no cells, so an invisible point in the middle of each is what a click hits.
    figure.add_scatter(
        x=np.tile(names, len(names)), y=np.repeat(names, len(names)), mode="markers", showlegend=False,
        marker={"color": "rgba(0,0,0,0)", "size": 24, "symbol": "square"}, selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}}, text=_hover(shares, one.confusion, part),
        hovertemplate="truth %{y}, prediction %{x}<br>%{text}<extra></extra>",
    )  # fmt: skip
    lay_out(figure, x="Prediction", y="Truth", height=max(340, 130 + 27 * len(names)))
    # A finger scrolls the matrix where it is wider than the screen; Streamlit sets a drag mode for what can be clicked.
    figure.update_layout(dragmode=False, xaxis_fixedrange=True, yaxis_fixedrange=True)
    end = len(names) - 0.5  # the points would leave room around the matrix
    figure.update_yaxes(type="category", range=[end, -0.5], showgrid=False, dtick=1)  # else "7" would be a number
    figure.update_xaxes(
        type="category", range=[-0.5, end], showgrid=False, dtick=1,
        tickangle=-90 if len(names) > 12 else -45 if len(names) > 4 else 0,
    )  # fmt: skip
    return figure


def _hover(shares: NDArray[np.float64], confusion: NDArray[np.int64], part: str) -> list[str]:
    """Return what every cell says of itself, row by row."""
    return [
        f"{100 * share:.1f} % {part}<br>{pixels:,} pixels" if pixels else "no pixels"
        for share, pixels in zip(shares.ravel(), confusion.ravel(), strict=True)
    ]


def most_confused(one: Scores, most: int = 10) -> pd.DataFrame:
    """Return the pairs of classes that are confused most often, by the share of the truth's pixels."""
    names = list(one.classes["name"])
    shares = normalised(one.confusion, BY_TRUTH)
    rows = [
        {"Truth": names[i], "Taken for": names[j], "Share": shares[i, j], "Pixels": int(one.confusion[i, j])}
        for i, j in np.argwhere(one.confusion > 0)
        if i != j
    ]
    table = pd.DataFrame(rows, columns=["Truth", "Taken for", "Share", "Pixels"])
    return table.sort_values("Share", ascending=False, kind="stable", ignore_index=True).head(most)


def pixel_table(one: Scores) -> pd.DataFrame:
    """Return the pixels of the confusion matrix as a table to save."""
    names, title = list(one.classes["name"]), "truth \\ prediction"
    table = pd.DataFrame(one.confusion, columns=column_names.apart(names, [title], "class"))
    table.insert(0, title, names)
    return table


def _make_scrollable(chart: str, width: int) -> None:
    """Let a chart scroll within its container instead of becoming narrower than ``width`` pixels."""
    selector = f".st-key-chart_{chart}"
    st.html(
        f"<style>{selector} {{ overflow-x: auto; }} {selector} > * {{ position: sticky; left: 0; }} "
        f"{selector} > :has(.stPlotlyChart) {{ position: static; min-width: {width}px; }}</style>"
    )
