"""The charts of the Evaluation page; each is a figure made of ``Scores``."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.shared.content.scores import Scores
from pages.shared.ui.charts import FAINT, GUIDE, TOOLBAR, Style, lay_out, literal

BY_TRUTH, BY_PREDICTION = "truth", "prediction"


def quality(scores: Sequence[Scores], styles: Sequence[Style], costs: Mapping[str, float], axis: str) -> go.Figure:
    """Draw mIoU against what a model costs (``costs``, not empty); those whose cost is not known are left out."""
    figure = go.Figure()
    for one, style in zip(scores, styles, strict=True):
        if one.name in costs:
            figure.add_scatter(
                x=[costs[one.name]], y=[one.summary["miou"]], mode="markers", name=literal(one.name), cliponaxis=False,
                showlegend=True,  # names beside points that lie close to each other would cover each other
                marker={"color": style.colour, "symbol": style.symbol, "size": 13},
                hovertemplate=f"{literal(one.name)}<br>mIoU %{{y:.3f}}<br>{axis}: %{{x:,.4~r}}<extra></extra>",
            )  # fmt: skip
    lay_out(figure, x=axis, y="mIoU", height=340 + 14 * len(figure.data))  # a phone has a row for every name
    low, high = min(costs.values()), max(costs.values())
    if high > 3 * low:
        figure.update_xaxes(type="log", dtick="D2", tickformat=",~r", range=[np.log10(low / 1.6), np.log10(high * 1.6)])
    else:  # a logarithmic axis this short would have hardly a number on it
        figure.update_xaxes(tickformat=",~r", range=[0, 1.25 * high])
    values = [one.summary["miou"] for one in scores if one.name in costs]
    if values:
        figure.update_yaxes(range=[max(0, np.nanmin(values) - 0.08), min(1.02, np.nanmax(values) + 0.08)])
    return figure


def normalised(confusion: NDArray[np.int64], by: str) -> NDArray[np.float64]:
    """Return a confusion matrix as shares of each row (``truth``) or column (``prediction``); ``nan`` for an empty one.

    >>> normalised(np.array([[3, 1], [0, 0]]), "truth").tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    total = confusion.sum(axis=1 if by == BY_TRUTH else 0, keepdims=True)
    shares: NDArray[np.float64] = np.full(confusion.shape, np.nan)
    np.divide(confusion, total, out=shares, where=total > 0)
    return shares


def confusion_chart(one: Scores, by: str) -> go.Figure:
    """Draw the confusion matrix of a model, truth from top to bottom, prediction from left to right."""
    names = list(one.classes["name"])
    shares = normalised(one.confusion, by)
    few = len(names) <= 12
    text = [
        ["" if np.isnan(value) or value < (0 if few else 0.005) else f"{100 * value:.0f}" for value in row]
        for row in shares
    ]
    part = "of the pixels that are %{y}" if by == BY_TRUTH else "of the pixels taken for %{x}"
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares, x=names, y=names, text=text, texttemplate="%{text}", zmin=0, zmax=100, xgap=1, ygap=1,
            customdata=one.confusion, colorscale="Cividis",
            colorbar={"title": {"text": "%"}, "thickness": 12, "len": 0.6},
            hovertemplate=f"truth %{{y}}, prediction %{{x}}<br>%{{z:.1f}} % {part}<br>%{{customdata:,}} pixels"
            "<extra></extra>", hoverongaps=False,
        )
    )  # fmt: skip
    lay_out(figure, x="Prediction", y="Truth", height=max(340, 130 + 27 * len(names)))
    figure.update_layout(dragmode=False)  # a finger scrolls the matrix, where it is wider than the screen
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    figure.update_xaxes(showgrid=False, dtick=1, tickangle=-90 if len(names) > 12 else -45 if len(names) > 4 else 0)
    return figure


def confusion_width(one: Scores) -> int:
    """Return how many pixels wide a confusion matrix has to be so that its figures can be read."""
    return 190 + 18 * len(one.classes)


def confusions(one: Scores, most: int = 10) -> pd.DataFrame:
    """Return the pairs of classes that are taken for each other, by the share of the truth's pixels."""
    names = list(one.classes["name"])
    shares = normalised(one.confusion, BY_TRUTH)
    rows = [
        {"Truth": names[i], "Taken for": names[j], "Share": shares[i, j], "Pixels": int(one.confusion[i, j])}
        for i in range(len(names))
        for j in range(len(names))
        if i != j and one.confusion[i, j] > 0
    ]
    table = pd.DataFrame(rows, columns=["Truth", "Taken for", "Share", "Pixels"])
    return table.sort_values("Share", ascending=False, kind="stable").head(most).reset_index(drop=True)


def confusion_table(one: Scores) -> pd.DataFrame:
    """Return the counts of the confusion matrix as a table to save."""
    names = list(one.classes["name"])
    table = pd.DataFrame(one.confusion, columns=names)
    table.insert(0, "truth \\ prediction", names)
    return table


def distribution(scores: Sequence[Scores], styles: Sequence[Style]) -> go.Figure:
    """Draw how the mIoU of the single images is distributed: quartiles, and every image as a point."""
    figure = go.Figure()
    for one, style in zip(scores, styles, strict=True):
        figure.add_box(
            x=one.images["miou"], name=literal(one.name), text=one.images["id"].map(literal),
            boxpoints="all", jitter=0.7, pointpos=0,
            line={"color": style.colour, "width": 1.6}, fillcolor="rgba(0,0,0,0)",
            marker={"color": style.colour, "symbol": style.symbol, "size": 4, "opacity": 0.45}, hoveron="points",
            hovertemplate="%{text}: %{x:.3f}<extra></extra>", showlegend=False,
        )  # fmt: skip
    lay_out(figure, x="mIoU of one image", height=120 + 70 * len(scores))
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def reliability(scores: Sequence[Scores], styles: Sequence[Style]) -> go.Figure:
    """Draw accuracy against confidence, bin by bin; the area of a point is the bin's share of the pixels."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GUIDE, "dash": "dot"}, name="perfectly calibrated",
        hoverinfo="skip",
    )  # fmt: skip
    for one, style in zip(scores, styles, strict=True):
        bins = one.bins[one.bins["pixels"] > 0]
        share = bins["pixels"] / bins["pixels"].sum()
        figure.add_scatter(
            x=bins["confidence"], y=bins["accuracy"], customdata=share, mode="lines+markers", name=literal(one.name),
            line={"color": style.colour, "width": 1.8},
            marker={"color": style.colour, "symbol": style.symbol, "size": 6 + 22 * np.sqrt(share)},
            hovertemplate=f"{literal(one.name)}<br>confidence %{{x:.3f}}, right %{{y:.3f}}<br>%{{customdata:.1%}} of "
            "the pixels<extra></extra>",
        )  # fmt: skip
    lay_out(figure, x="Confidence", y="Accuracy", height=440)
    figure.update_xaxes(range=[0, 1.03])
    figure.update_yaxes(range=[0, 1.03])
    return figure


def interval(difference: float, low: float, high: float, style: Style) -> go.Figure:
    """Draw a difference with its interval against 0, in points."""
    figure = go.Figure()
    figure.add_scatter(
        x=[100 * difference], y=[""], mode="markers",
        error_x={"type": "data", "symmetric": False, "array": [100 * (high - difference)],
                 "arrayminus": [100 * (difference - low)], "thickness": 2.5, "width": 8, "color": style.colour},
        marker={"size": 12, "color": style.colour, "symbol": style.symbol}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    reach = 115 * max(abs(low), abs(high), 0.005)
    figure.add_vline(x=0, line={"color": GUIDE, "dash": "dot"})
    lay_out(figure, x="Difference of mIoU in points", height=114 + TOOLBAR)
    figure.update_layout(margin={"t": TOOLBAR})
    figure.update_xaxes(range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(showgrid=False)
    return figure
