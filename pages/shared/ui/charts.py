"""The common look of all charts, and how they are drawn and saved."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs import csv_tables
from data.colours import SERIES
from pages.shared.ui.clicks import clickable

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross")
"""One fewer than the colours, so that a repeated colour has another symbol."""
PATTERNS = ("", "/", "x", ".", "-", "\\", "|")

FAINT = "rgba(128, 128, 128, 0.35)"  # grid lines, in both themes
GUIDE = "rgba(128, 128, 128, 0.9)"  # reference lines, in both themes
TOOLBAR = 32  # height of a chart's toolbar, in pixels


@dataclass(frozen=True)
class Style:
    """The look of one series; series never differ by colour alone."""

    colour: str
    symbol: str
    pattern: str

    @classmethod
    def of(cls, index: int) -> "Style":
        """Return the style of the series at ``index``."""
        return cls(SERIES[index % len(SERIES)], SYMBOLS[index % len(SYMBOLS)], PATTERNS[index % len(PATTERNS)])


def literal(text: str) -> str:
    """Escape ``text`` for a chart: Plotly interprets tags and entities in names and titles.

    >>> literal("<b>it's &</b>")
    "&lt;b&gt;it's &amp;&lt;/b&gt;"
    """
    return html.escape(text, quote=False)  # Plotly does not decode the entities of quotation marks


def lay_out(figure: go.Figure, *, title: str = "", x: str = "", y: str = "", height: int = 340) -> None:
    """Apply the common layout; fonts and background come from the page's theme."""
    figure.update_layout(
        title={"text": literal(title), "x": 0, "font": {"size": 15}} if title else None,
        height=height,
        margin={"l": 8, "r": 8, "t": 44 if title else 16, "b": 8},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0, "title": None},
        hoverlabel={"namelength": -1},
        separators=".,",
        uirevision="constant",  # keeps the visitor's zoom when the data changes
    )
    figure.update_xaxes(title={"text": x, "standoff": 6}, gridcolor=FAINT, zeroline=False, automargin=True)
    figure.update_yaxes(
        title={"text": y, "standoff": 14}, gridcolor=FAINT, zeroline=False, automargin=True, exponentformat="power"
    )


def show(
    figure: go.Figure,
    key: str,
    alt: str,
    table: Callable[[], pd.DataFrame],
    about: str = "",
    picked: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Draw a chart with its toolbar and a button that saves its data as CSV.

    Args:
        figure: The chart.
        key: Identifies the chart on the page and names the saved files.
        alt: What the chart shows, for readers who do not see it.
        table: Returns the chart's data; called on download only.
        about: Help text: what the values mean.
        picked: Called with the point that was clicked on, before the page is drawn again: ``curve_number, x, y`` and
            what else Plotly tells.
    """
    config = {
        "displaylogo": False,
        "toImageButtonOptions": {"filename": f"segdeck_{key}", "scale": 2},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    with st.container(key=f"chart_{key}", gap="xsmall"):
        clicks = {"selection_mode": "points", **clickable(key, "points", picked)} if picked else {"key": key}
        st.plotly_chart(figure, alt=alt, config=config, **clicks)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            save(table, key)
            if about:
                st.caption("What is this?", help=about, width="content")


def save(table: Callable[[], pd.DataFrame], key: str) -> None:
    """Draw the button that saves a table as CSV; see ``show`` for the arguments."""
    st.download_button(
        "CSV",
        data=lambda: csv_tables.of_table(table()).encode(),
        file_name=f"segdeck_{key}.csv",
        mime="text/csv",
        key=f"save_{key}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help="Save the figures as a table.",
    )
