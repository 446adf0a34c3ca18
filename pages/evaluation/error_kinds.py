"""What the classes of one model lose their IoU by: wrong pixels by kind, and the other scores of every class."""

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from models.metrics.definitions import CLASSES, ERRORS
from pages.shared.content.class_iou import bar_marker, lay_out_bars
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, cli_commands, tables
from pages.shared.ui.charts import Style, lay_out, literal
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

PARTNER, PARTNER_SHARE = "Confused with", "of it"
HOVER_WIDTH = 60  # characters in a line of a definition


def draw(state: PageState, shown: Sequence[Scores], picked: Callable[[str, str], None]) -> None:
    """Draw the kinds of errors and the scores of the classes of one model; ``picked`` is told model and class."""
    st.subheader("What the IoU is lost by", anchor=False)
    one = choose_scores(state, shown)
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_kinds(one, picked)
    with right:
        number = st.column_config.NumberColumn
        table = class_table(one)
        columns: dict[str, Any] = {
            title: number(format="%.3f", help=f"On the split {one.split}. {about}") for title, about in CLASSES.values()
        }
        about = (
            "The class that took its place most often, or whose place it took. The share is that of “Confusion” that "
            "is with this class."
        )
        columns[PARTNER] = st.column_config.TextColumn(help=about)
        tables.show(
            table,
            column_config=columns,
            height="content",
            placeholder="–",
            alt=f"Scores of the classes of {one.name}",
        )


def _draw_kinds(one: Scores, picked: Callable[[str, str], None]) -> None:
    table = kinds_table(one)
    if table.empty:
        command = cli_commands.evaluate(one.run, one.split, one.stored.dataset)
        st.info(
            escape_markdown(f"{one.name} was scored before the kinds of errors were counted. Score it again with:"),
            icon=":material/help:",
        )
        st.code(command, language="bash")
        return
    charts.show(
        figure(table),
        "evaluation_errors",
        f"What {len(table)} classes of {one.name} lose their IoU by",
        lambda: table,
        about=f"Every wrong pixel of a class on the split {one.split} has one kind, so the kinds add up to 1 - IoU. "
        + "  \n".join(f"**{title}**: {about}" for title, about in ERRORS.values())
        + "  \nThe definition is SegDeck's own, after Hoiem et al. 2012 and TIDE (Bolya et al. 2020).",
        picked=lambda point: picked(one.name, table["Class"].iloc[point["point_index"]]),
    )


def kinds_table(one: Scores) -> pd.DataFrame:
    """Return one row per class of the truth: its IoU, what each kind takes from it, and whom it is confused with."""
    rows = [
        {
            "Class": entry.name,
            "IoU": entry.iou,
            **{title: entry.lost[kind] for kind, (title, _) in ERRORS.items()},
            PARTNER: entry.errors.partner,
            PARTNER_SHARE: entry.errors.partner_pixels / max(entry.errors.confusion, 1),
        }
        for entry in one.stored.classes
        if entry.errors and entry.lost
    ]
    return pd.DataFrame(rows)


def class_table(one: Scores) -> pd.DataFrame:
    """Return one row per class: its scores, ``nan`` where undefined, and whom it is confused with most often."""
    table = one.class_scores.rename(columns={"name": "Class"} | {key: title for key, (title, _) in CLASSES.items()})
    partners = [entry.errors.partner if entry.errors and entry.lost else None for entry in one.stored.classes]
    return table.assign(**{PARTNER: partners})


def figure(table: pd.DataFrame) -> go.Figure:
    """Return what each class loses as a bar of its kinds; ``table`` is as from ``kinds_table`` and not empty."""
    figure = go.Figure()
    for index, (kind, (title, about)) in enumerate(ERRORS.items()):
        defined = "<br>".join(textwrap.wrap(literal(about), HOVER_WIDTH))
        more = "<br>most often with %{customdata}" if kind == "confusion" else ""
        figure.add_bar(
            y=table["Class"].map(literal), x=table[title], orientation="h", name=title,
            marker=bar_marker(Style.of(index)),
            customdata=[_partner(row) for _, row in table.iterrows()],
            hovertemplate=f"%{{y}} loses %{{x:.3f}}: <b>{title}</b>{more}<br><i>{defined}</i><extra></extra>",
        )  # fmt: skip
    lay_out(figure, x="Part of 1 - IoU", height=90 + 27 * len(table))
    lay_out_bars(figure)
    most = float(np.ceil(10 * (1 - table["IoU"]).max()) / 10)
    figure.update_layout(barmode="stack").update_xaxes(range=[0, max(most, 0.1)])
    return figure


def _partner(row: pd.Series) -> str:
    if not isinstance(row[PARTNER], str):  # pandas writes NaN for it beside other names
        return "no class"
    return f"{literal(row[PARTNER])} ({row[PARTNER_SHARE]:.0%} of it)"
