"""IoU per class of several models, as bars and as a table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs import column_names
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import GUIDE, TOOLBAR, Style, lay_out, literal
from pages.shared.ui.page_state import PageState

ABSENT = "not in this split"
LEGEND_ROW = 24  # height of one row of a chart's legend, in pixels
SHORT_NAME = 12  # characters; two longer names do not fit beside each other on a phone
DATASET, SCORE, PIXELS = "As in the dataset", "By IoU", "By pixels"
OWN = ("Class", "Share")
"""The columns of a table of classes besides one for each model."""


def draw(
    state: PageState,
    shown: Sequence[Scores],
    styles: Mapping[str, Style],
    picked: Callable[[str, str], None] | None = None,
) -> None:
    """Draw the IoU per class, as bars and as a table; ``picked`` is told the model and class of a bar clicked on."""
    options = [DATASET, SCORE, PIXELS]
    order = st.segmented_control("Order", options, required=True, **state.widget("order", DATASET, options))
    names = [one.name for one in shown]
    titles = column_names.apart(names, OWN)
    table = class_table(shown)
    if order == SCORE:
        table = table.sort_values(titles[0], ascending=False, kind="stable", na_position="last")
    elif order == PIXELS:
        table = table.sort_values("Share", ascending=False, kind="stable")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.show(
            class_bars(table, {title: styles[name] for title, name in zip(titles, names, strict=True)}),
            "evaluation_classes",
            f"IoU of {len(table)} classes for {', '.join(names)}",
            lambda: table,
            about="Pixels of the class that are found, divided by those found, missed or wrongly predicted as it; "
            f"pooled over the split {shown[0].split} at the masks' own size.",
            picked=picked
            and (lambda point: picked(names[point["curve_number"]], table["Class"].iloc[point["point_index"]])),
        )
    with right:
        columns = _class_columns(titles, shown[0].split)
        tables.show(as_text(table, titles), column_config=columns, height="content", alt="IoU by class")


def _class_columns(titles: Sequence[str], split: str) -> dict[str, Any]:
    about = (
        f"IoU of the class on the split {split}. “{ABSENT}”: no pixel of the truth has this class, so it has no score "
        "and is left out of the means."
    )
    share = st.column_config.NumberColumn(format="percent", help=f"Part of the scored pixels of the split {split}.")
    return {title: st.column_config.TextColumn(help=about, alignment="right") for title in titles} | {"Share": share}


def class_table(scores: Sequence[Scores]) -> pd.DataFrame:
    """Return one row per class: its share of the truth's pixels, and the IoU of every model; ``nan`` if absent.

    A model's column has its name, set apart from ``OWN``.
    """
    first = scores[0].classes
    table = pd.DataFrame({"Class": first["name"], "Share": first["pixels"] / max(first["pixels"].sum(), 1)})
    for title, one in zip(column_names.apart([one.name for one in scores], OWN), scores, strict=True):
        table[title] = one.classes["iou"]
    return table


def as_text(table: pd.DataFrame, names: Sequence[str], absent: str = ABSENT) -> pd.DataFrame:
    """Return a table with the scores in the columns ``names`` as text, ``absent`` where a class has none."""
    text = table.copy()
    for name in names:
        text[name] = [absent if np.isnan(value) else f"{value:.3f}" for value in table[name]]
    return text


def class_bars(table: pd.DataFrame, styles: Mapping[str, Style]) -> go.Figure:
    """Return the IoU per class as grouped bars; ``table`` is as from ``class_table``, its first row on top."""
    figure = go.Figure()
    for name, style in styles.items():
        figure.add_bar(
            y=table["Class"].map(literal), x=table[name], orientation="h", name=literal(name),
            marker=bar_marker(style),
            hovertemplate=f"{literal(name)}<br>%{{y}}: IoU %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    for _, row in table.iterrows():
        if row[list(styles)].isna().all():
            figure.add_annotation(
                x=0,
                y=literal(row["Class"]),
                text=ABSENT,
                showarrow=False,
                xanchor="left",
                font={"size": 11, "color": GUIDE},
            )
    lay_out(figure, x="IoU", height=90 + len(table) * (14 + 11 * len(styles)))
    lay_out_bars(figure)
    figure.update_xaxes(range=[0, 1])
    return figure


def bar_marker(style: Style) -> dict[str, Any]:
    """Return the colour and pattern of a bar, as Plotly takes them."""
    pattern = {"shape": style.pattern, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.75, "size": 6}
    return {"color": style.colour, "pattern": pattern}


def lay_out_bars(figure: go.Figure) -> None:
    """Lay out groups of bars from top to bottom, below the toolbar and a legend as high as on a phone."""
    in_row = 2 if max((len(trace.name) for trace in figure.data), default=0) <= SHORT_NAME else 1
    rows = -(-len(figure.data) // in_row) if len(figure.data) > 1 else 0
    figure.update_layout(
        barmode="group", bargap=0.25, bargroupgap=0.05, legend={"y": 1, "yanchor": "bottom", "traceorder": "normal"},
        margin={"t": TOOLBAR + LEGEND_ROW * rows}, height=figure.layout.height + LEGEND_ROW * rows,
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, dtick=1)  # else "7" would be a number
