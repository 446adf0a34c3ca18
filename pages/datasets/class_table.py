"""The classes of a dataset: ids, names, colours, and their shares as a table and as bars."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.dataset import Dataset
from data.label_space import LabelSpace
from pages.shared.content import class_counts, class_iou
from pages.shared.content.class_counts import Counts
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import Style
from pages.shared.ui.page_state import PageState

PIXELS, PICTURES = "Pixels", "Pictures"
AXES = {PIXELS: "Part of the scored pixels (%)", PICTURES: "Part of the pictures that show the class (%)"}
DATASET_ORDER, BY_SHARE = "As in the dataset", "Largest first"


def draw_classes(state: PageState, dataset: Dataset, counts: Counts) -> None:
    """Draw the classes of the label space, and their shares in the splits that have been counted."""
    space = dataset.label_space
    shares = class_counts.share_table(space, counts)
    if not counts:
        _draw_table(space, shares)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        measure = st.segmented_control("Shares of", list(AXES), required=True, **state.widget("of", PIXELS, list(AXES)))
        orders = [DATASET_ORDER, BY_SHARE]
        order = st.segmented_control("Order", orders, required=True, **state.widget("order", DATASET_ORDER, orders))
    left, right = st.columns([5, 8], gap="medium")
    with left:
        rows = shares if measure == PICTURES else shares[shares["Id"].isin(space.scored)]
        if order == BY_SHARE:
            rows = rows.sort_values(f"{measure}, {next(iter(counts))}", ascending=False, kind="stable")
        charts.show(
            share_bars(rows, measure, list(counts)),
            "datasets_classes",
            f"{AXES[measure]} by class of {dataset.title}, {' and '.join(counts)}",
            lambda: shares,
            about="Counted on the masks at their own size, over all pictures of the split. Shares of pixels leave void "
            "out. The CSV has both measures.",
        )
    with right:
        _draw_table(space, shares)
        if space.void is not None:
            void = {split: class_counts.void_share(space, pixels) for split, pixels in counts.items()}
            st.caption(
                f"{space.names[space.void]} is not scored. Its share of all pixels is "
                f"{', '.join(f'{100 * share:.1f} % of {split}' for split, share in void.items())}. It is transparent "
                "in the masks below."
            )


def share_bars(shares: pd.DataFrame, measure: str, splits: list[str]) -> go.Figure:
    """Return the shares of a ``class_counts.share_table``, the first class on top, as one bar per class and split."""
    figure = go.Figure()
    for index, split in enumerate(splits):
        style, values = Style.of(index), 100 * shares[f"{measure}, {split}"]
        figure.add_bar(
            y=shares["Class"].map(charts.literal), x=values, orientation="h", name=split,
            text=[_percent(value) for value in values],
            textposition="outside", textangle=0, cliponaxis=False, constraintext="none",
            marker=class_iou.bar_marker(style),
            hovertemplate=f"{split}<br>%{{y}}: %{{x:.3f}} %<extra></extra>",
        )  # fmt: skip
    charts.lay_out(figure, x=AXES[measure], height=90 + len(shares) * (12 + 13 * len(splits)))
    class_iou.lay_out_bars(figure)
    largest = np.nanmax(shares[[f"{measure}, {split}" for split in splits]].to_numpy(), initial=0.01)
    return figure.update_xaxes(range=[0, 118 * largest])


def _percent(value: float) -> str:
    """Return a percentage with about two significant digits; only an absent class is "none".

    >>> [_percent(value) for value in (0, 0.004, 0.31, 5.123, 87.9)]
    ['none', '<0.01', '0.31', '5.1', '88']
    """
    if value == 0:
        return "none"
    if value < 0.01:
        return "<0.01"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _draw_table(space: LabelSpace, shares: pd.DataFrame) -> None:
    """Draw one row per class: colour, id, name, whether it is scored, and its known shares."""
    table = shares.copy()
    share_columns = [name for name in shares.columns if name not in {"Id", "Class"}]
    table[share_columns] *= 100
    table.insert(0, "Colour", [_swatch(colour) for colour in space.colours])
    table.insert(3, "Scored", ["no, void" if index == space.void else "yes" for index in table["Id"]])
    table["Code"] = space.colours
    columns = _columns(shares)
    tables.show(table, height="content", placeholder="–", column_config=columns, alt="Classes")


def _columns(shares: pd.DataFrame) -> dict[str, Any]:
    """Return the format and help of the columns."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns: dict[str, Any] = {
        "Colour": st.column_config.ImageColumn(width=60, help="The colour of the class in all masks."),
        "Id": number(width=40, help="The value of its pixels in a mask file."),
        "Class": text(help="The name of the class on all pages."),
        "Scored": text(width=80, help="Void pixels count in no loss and no score, and models never predict void."),
        "Code": text(width=80, help="The colour as a hexadecimal web colour."),
    }
    for name in shares.columns:
        measure, _, split = str(name).partition(", ")
        if measure == PIXELS:
            columns[name] = number(format="%.3f %%", help=f"Part of the scored pixels of the split {split}.")
        elif measure == PICTURES:
            about = f"Part of the pictures of the split {split} that show the class."
            columns[name] = number(format="%.1f %%", help=about)
    return columns


def _swatch(colour: str) -> str:
    """Return a small square of a colour as a ``data:`` URL."""
    return (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
        f"%3Crect x='1' y='1' width='22' height='22' rx='4' fill='%23{colour[1:]}' stroke='%23808080'/%3E%3C/svg%3E"
    )
