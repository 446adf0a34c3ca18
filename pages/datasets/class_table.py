"""The classes of a dataset: ids, names and colours, and how much there is of each."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.dataset import Dataset
from data.label_space import LabelSpace
from pages.shared.content import class_counts, class_iou
from pages.shared.content.class_counts import Counts
from pages.shared.ui import charts
from pages.shared.ui.charts import Style
from pages.shared.ui.page_state import PageState

PIXELS, PICTURES = "Pixels", "Pictures"
AXES = {PIXELS: "Part of the scored pixels (%)", PICTURES: "Part of the pictures that show the class (%)"}
DATASET, SHARE = "As in the dataset", "Largest first"


def classes(chosen: PageState, dataset: Dataset, counts: Counts) -> None:
    """Draw the label space, and how much there is of every class in the splits that have been counted."""
    space = dataset.label_space
    shares = class_counts.share_table(space, counts)
    if not counts:
        _table(space, shares)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        measure = st.segmented_control(
            "Shares of", list(AXES), required=True, **chosen.widget("of", PIXELS, list(AXES))
        )
        orders = [DATASET, SHARE]
        order = st.segmented_control("Order", orders, required=True, **chosen.widget("order", DATASET, orders))
    left, right = st.columns([5, 8], gap="medium")
    with left:
        drawn = shares if measure == PICTURES else shares[shares["Id"] != (-1 if space.void is None else space.void)]
        if order == SHARE:
            drawn = drawn.sort_values(f"{measure}, {next(iter(counts))}", ascending=False, kind="stable")
        charts.show(
            bars(drawn, measure, list(counts)),
            "datasets_classes",
            f"{AXES[measure]} by class of {dataset.title}, {' and '.join(counts)}",
            lambda: shares,
            about="Counted on the masks at their own size, over all pictures of the split. Void is in no share of "
            "pixels. The CSV has both measures.",
        )
    with right:
        _table(space, shares)
        if space.void is not None:
            parts = [
                f"{100 * class_counts.void_share(space, pixels):.1f} % of {split}" for split, pixels in counts.items()
            ]
            st.caption(
                f"{space.names[space.void]} takes no part in any score. By pixels it is {', '.join(parts)}. Below, it "
                "is left clear."
            )


def bars(shares: pd.DataFrame, measure: str, splits: list[str]) -> go.Figure:
    """Draw one measure for every class as grouped bars, one per split.

    Args:
        shares: As from ``class_counts.share_table``, the first row on top.
        measure: ``PIXELS`` or ``PICTURES``.
        splits: The splits to draw.
    """
    figure = go.Figure()
    for index, split in enumerate(splits):
        style, values = Style.of(index), 100 * shares[f"{measure}, {split}"]
        figure.add_bar(
            y=shares["Class"], x=values, orientation="h", name=split, text=[_percent(value) for value in values],
            textposition="outside", textangle=0, cliponaxis=False, constraintext="none",
            marker=class_iou.bar_marker(style),
            hovertemplate=f"{split}<br>%{{y}}: %{{x:.3f}} %<extra></extra>",
        )  # fmt: skip
    charts.lay_out(figure, x=AXES[measure], height=90 + len(shares) * (12 + 13 * len(splits)))
    class_iou.lay_out_bars(figure)
    largest = np.nanmax(shares[[f"{measure}, {split}" for split in splits]].to_numpy(), initial=0.01)
    figure.update_xaxes(range=[0, 118 * largest])
    return figure


def _percent(value: float) -> str:
    """Return a percentage as short as it can be told; what is there is never 0.

    >>> [_percent(value) for value in (0, 0.004, 0.31, 5.123, 87.9)]
    ['none', '<0.01', '0.31', '5.1', '88']
    """
    if value == 0:
        return "none"
    if value < 0.01:
        return "<0.01"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _table(space: LabelSpace, shares: pd.DataFrame) -> None:
    """Draw one row per class: colour, id, name, whether it is scored, and what is known of its shares."""
    table = shares.copy()
    parts = [name for name in shares.columns if name not in {"Id", "Class"}]
    table[parts] *= 100
    table.insert(0, "Colour", [_swatch(colour) for colour in space.colours])
    table.insert(3, "Scored", ["no, void" if index == space.void else "yes" for index in table["Id"]])
    table["Code"] = space.colours
    st.dataframe(
        table, hide_index=True, height="content", placeholder="–", column_config=_columns(shares), alt="Classes"
    )


def _columns(shares: pd.DataFrame) -> dict[str, Any]:
    """Say what the columns mean."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns: dict[str, Any] = {
        "Colour": st.column_config.ImageColumn(width=60, help="The colour of the class wherever masks are shown."),
        "Id": number(width=40, help="The value of its pixels in a mask."),
        "Class": text(help="Its name wherever the class is told of."),
        "Scored": text(width=80, help="A void pixel takes part in no loss and no score, and no model answers void."),
        "Code": text(width=80, help="The colour as a web colour."),
    }
    for name in shares.columns:
        measure, _, split = str(name).partition(", ")
        if measure == PIXELS:
            columns[name] = number(format="%.3f %%", help=f"Part of the scored pixels of the split {split}.")
        elif measure == PICTURES:
            columns[name] = number(format="%.1f %%", help=f"Part of the pictures of the split {split} that show it.")
    return columns


def _swatch(colour: str) -> str:
    """Return a small picture of a colour as a ``data:`` address."""
    return (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
        f"%3Crect x='1' y='1' width='22' height='22' rx='4' fill='%23{colour[1:]}' stroke='%23808080'/%3E%3C/svg%3E"
    )
