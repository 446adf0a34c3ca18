"""The reliability diagram: whether models are as often right as they are confident."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from models.metrics.definitions import SUMMARY
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import GUIDE, Style, lay_out, literal
from pages.shared.ui.layout import escape_markdown


def draw(shown: Sequence[Scores], styles: Mapping[str, Style], picked: Callable[[str, int], None]) -> None:
    """Draw the reliability diagram, and the calibration error of every model.

    ``picked`` is told the model and the bin, 0 to 14, of a point clicked on.
    """
    with_bins = [one for one in shown if one.bins["pixels"].sum() > 0]
    if without := [one for one in shown if one not in with_bins]:
        st.info("  \n".join(escape_markdown(_why_none(one)) for one in without), icon=":material/help:")
    if not with_bins:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.show(
            figure(with_bins, [styles[one.name] for one in with_bins]),
            "evaluation_confidence",
            f"Accuracy against confidence for {', '.join(one.name for one in with_bins)}",
            lambda: pd.concat([one.bins.assign(model=one.name) for one in with_bins], ignore_index=True),
            about=f"Scored pixels of the split {with_bins[0].split} in 15 equal bins of the winning class's "
            "probability. Below the dotted line a model is more confident than it is right. The larger a point, the "
            "more pixels are in its bin.",
            picked=lambda point: picked(*_bin(with_bins, point)),
        )
        st.caption("Click a point to see the images with most wrong pixels of this confidence.")
    for one in with_bins:
        error = one.summary["calibration_error"]
        right.markdown(
            f"**{escape_markdown(one.name)}**: confidence and accuracy are {100 * error:.1f} points apart on average.",
            help=f"On the split {one.split}. {SUMMARY['calibration_error'][1]}",
        )
        further = {key: one.summary[key] for key in ("adaptive_calibration_error", "brier_score")}
        if known := [key for key, value in further.items() if not math.isnan(value)]:
            right.caption(
                ", ".join(f"{SUMMARY[key][0]} {further[key]:.3f}" for key in known),
                help="  \n".join(f"**{SUMMARY[key][0]}**: {SUMMARY[key][1]}" for key in known),
            )


def _bin(drawn: Sequence[Scores], point: Mapping[str, Any]) -> tuple[str, int]:
    """Return the model and the bin of a point of the figure; its first curve is the guide."""
    one = drawn[point["curve_number"] - 1]
    return one.name, int(_filled(one).index[point["point_index"]])


def _filled(one: Scores) -> pd.DataFrame:
    """Return the bins that have pixels."""
    return one.bins[one.bins["pixels"] > 0]


def _why_none(one: Scores) -> str:
    """Say why the scores of a model have no confidence."""
    if not one.is_own:
        return f"{one.name} gives the classes of {one.dataset_title} no confidence: it predicts classes of its own."
    return f"{one.name} does not tell its confidence, only its classes."


def figure(scores: Sequence[Scores], styles: Sequence[Style]) -> go.Figure:
    """Return accuracy against confidence, bin by bin; the area of a point is the bin's share of the pixels."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": GUIDE, "dash": "dot"}, name="perfectly calibrated",
        hoverinfo="skip",
    )  # fmt: skip
    for one, style in zip(scores, styles, strict=True):
        bins = _filled(one)
        share = bins["pixels"] / bins["pixels"].sum()
        figure.add_scatter(
            x=bins["confidence"], y=bins["accuracy"], customdata=share, mode="lines+markers", name=literal(one.name),
            line={"color": style.colour, "width": 1.8},
            marker={"color": style.colour, "symbol": style.symbol, "size": 6 + 22 * np.sqrt(share)},
            hovertemplate=f"{literal(one.name)}<br>confidence %{{x:.3f}}, right %{{y:.3f}}<br>%{{customdata:.1%}} of "
            "the pixels<extra></extra>",
        )  # fmt: skip
    lay_out(figure, x="Confidence", y="Accuracy", height=440)
    return figure.update_xaxes(range=[0, 1.03]).update_yaxes(range=[0, 1.03])
