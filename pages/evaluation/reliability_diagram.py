"""The reliability diagram: whether models are as often right as they are confident."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from models.metrics.definitions import SUMMARY
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import GUIDE, Style, lay_out, literal
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the reliability diagram, and the calibration error of every model."""
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
        )
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
    return figure.update_xaxes(range=[0, 1.03]).update_yaxes(range=[0, 1.03])
