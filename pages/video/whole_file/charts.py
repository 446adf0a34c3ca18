"""The charts of a clip: steadiness and agreement over time, and flicker by class."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from models.video.results import ModelResult
from pages.shared.ui import charts
from pages.shared.ui.charts import Style, lay_out, literal
from pages.video.whole_file.outcome import MOST, Curve

_MARKS = 12
"""The most symbols along a curve; more would hide it."""
_THINNED = f"A longer clip is shown in {MOST} points, each the mean of consecutive frames."


def consistency(curves: Mapping[str, Curve], styles: Mapping[str, Style]) -> None:
    """Draw the temporal consistency of each model over time."""
    charts.show(
        curve_figure(curves, styles, "Temporal consistency"),
        "video_consistency",
        f"Temporal consistency over time of {', '.join(curves)}",
        lambda: _long(curves, "model", "consistency"),
        about="How like the frame before each frame's labels are, 0 to 1. Gaps are the first frame and cuts. "
        + _THINNED,
    )


def agreement(curves: Mapping[str, Curve]) -> None:
    """Draw how far each pair of models agrees over time."""
    styles = {name: Style.of(index) for index, name in enumerate(curves)}
    charts.show(
        curve_figure(curves, styles, "Agreement"),
        "video_agreement",
        f"Agreement over time of {'; '.join(curves)}",
        lambda: _long(curves, "pair", "agreement"),
        about="Share of the pixels to which two models give the same class, of those whose class both know. "
        + _THINNED,
    )


def flicker(model: ModelResult, style: Style) -> None:
    """Draw the flicker of each class of a model, most first."""
    table = flicker_table(model)
    figure = go.Figure()
    figure.add_bar(
        x=table["Flicker"],
        y=[literal(name) for name in table["Class"]],
        orientation="h",
        marker={"color": style.colour, "pattern": {"shape": style.pattern}},
        hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        name=literal(model.name),
    )
    lay_out(figure, title="Flicker by class", x="Pixels that changed their class", height=110 + 24 * len(table))
    figure.update_xaxes(tickformat=".2~%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", dtick=1)
    charts.show(
        figure,
        "video_flicker",
        f"Flicker of {len(table)} classes of {model.name}",
        lambda: table,
        about="Of the pixels that had the class in the frame before, the share that has another one now. Classes that "
        "were never predicted are left out.",
    )


def flicker_table(model: ModelResult) -> pd.DataFrame:
    """Return the flicker of the classes that were predicted, most first."""
    known = [(name, value) for name, value in model.class_flicker.items() if value is not None]
    return pd.DataFrame(sorted(known, key=lambda pair: -pair[1]), columns=["Class", "Flicker"])


def curve_figure(curves: Mapping[str, Curve], styles: Mapping[str, Style], title: str) -> go.Figure:
    """Return curves over time, which differ in colour and symbol."""
    figure = go.Figure()
    for name, curve in curves.items():
        style = styles[name]
        figure.add_scatter(
            x=curve["time"],
            y=curve["value"],
            mode="lines+markers",
            line={"color": style.colour, "width": 1.6},
            marker={"symbol": style.symbol, "size": 7, "maxdisplayed": _MARKS},
            name=literal(name),
            hovertemplate="%{y:.3f}",
        )
    lay_out(figure, title=title, x="Time (s)")
    figure.update_layout(hovermode="x unified", showlegend=True)
    figure.update_xaxes(hoverformat=".2f")
    return figure


def _long(curves: Mapping[str, Curve], what: str, value: str) -> pd.DataFrame:
    """Return all curves one below the other."""
    return pd.concat([curve.rename(columns={"value": value}).assign(**{what: name}) for name, curve in curves.items()])[
        [what, "time", value]
    ]
