"""The charts of a report, as SVG that follows the colours of the page it stands in."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import vl_convert

from data.colours import SERIES
from train.reporting.content import Entry

WIDTH = 680


def intervals(entries: Sequence[Entry]) -> str:
    """Return the mIoU of each model with its 95 % interval."""
    names = [entry.name for entry in entries]
    table = pd.DataFrame(
        [
            {"model": entry.name, "miou": entry.scores.miou, "low": low, "high": high}
            for entry in entries
            for low, high in [entry.interval]
        ]
    )
    row = alt.Y("model:N", sort=names, title=None)
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(table, width=WIDTH, height=alt.Step(34))
    lines = base.mark_rule(color=SERIES[0], strokeWidth=2.5).encode(
        alt.X("low:Q", scale=scale, title="mIoU with 95 % interval", axis=alt.Axis(tickCount=6)), alt.X2("high:Q"), row
    )
    points = base.mark_point(color=SERIES[0], filled=True, opacity=1, size=90).encode(alt.X("miou:Q", scale=scale), row)
    return _svg(lines + points, "mIoU of every model with its 95 % interval")


def classes(entries: Sequence[Entry]) -> str:
    """Return the IoU of every class and model as rows of points, the class with the most pixels first."""
    tables = [entry.classes.assign(model=entry.name) for entry in entries]
    table = pd.concat(tables).dropna(subset=["iou"])
    order = list(entries[0].classes.sort_values("pixels", ascending=False, kind="stable")["name"])
    chart = (
        alt.Chart(table, width=WIDTH, height=alt.Step(24))
        .mark_point(filled=True, opacity=0.85, size=70)
        .encode(
            alt.X("iou:Q", title="IoU", scale=alt.Scale(domain=[0, 1])),
            alt.Y("name:N", sort=order, title=None, axis=alt.Axis(grid=True)),
            *_by_model([entry.name for entry in entries]),
        )
    )
    return _svg(chart, "IoU of every class by model")


def curves(histories: Mapping[str, pd.DataFrame]) -> str:
    """Return the mIoU on the validation split after each epoch of every training."""
    tables = [history.assign(model=name) for name, history in histories.items()]
    names = list(histories)
    colour, _ = _by_model(names)
    chart = (
        alt.Chart(pd.concat(tables)[["epoch", "val_miou", "model"]].dropna(), width=WIDTH, height=240)
        .mark_line()
        .encode(
            alt.X("epoch:Q", title="epoch"),
            alt.Y("val_miou:Q", title="mIoU in validation"),
            colour,
            alt.StrokeDash("model:N", sort=names, title=None, scale=alt.Scale(domain=names)),
        )
    )
    return _svg(chart, "mIoU in validation after every epoch")


def _by_model(names: list[str]) -> tuple[alt.Color, alt.Shape]:
    """Return the colour and the shape of every model."""
    colours = [SERIES[index % len(SERIES)] for index in range(len(names))]
    colour = alt.Color("model:N", sort=names, title=None, scale=alt.Scale(domain=names, range=colours))
    return colour, alt.Shape("model:N", sort=names, title=None, scale=alt.Scale(domain=names))


def _svg(chart: alt.Chart | alt.LayerChart, about: str) -> str:
    """Draw a chart in the colours of the text around it; ``about`` is what a screen reader says."""
    faint = {"gridColor": "#8886", "domainColor": "#888", "tickColor": "#888"}
    text = {"labelColor": "currentColor", "titleColor": "currentColor", "labelLimit": 260}
    chart = (
        chart.properties(description=about)
        .configure(background="transparent", font="system-ui, sans-serif")
        .configure_axis(**faint, **text, labelFontSize=12, titleFontSize=12)
        .configure_legend(**text, orient="bottom", columns=3, labelFontSize=12)
        .configure_view(stroke=None)
    )
    svg: str = vl_convert.vegalite_to_svg(chart.to_json())
    return svg
