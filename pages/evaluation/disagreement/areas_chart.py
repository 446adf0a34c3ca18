"""The share of the scored pixels in which both models, one of them or none is right, over a whole split."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.label_space import LabelSpace
from models.analysis.disagreement import AREAS, Disagreement
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import GUIDE, lay_out, literal
from pages.shared.ui.layout import escape_markdown

ALL = "all scored pixels"
PATTERNS = ("", "/", "x", ".")
"""The look of the areas besides their colours."""
WHY_NOT_SIGNIFICANCE = (
    "These pixels are no evidence that one model is better, however many they are: pixels of one picture are not "
    "independent. Whether the difference is shown is said at the top, where whole images are resampled."
)


def shares(found: Disagreement, space: LabelSpace) -> pd.DataFrame:
    """Return pixels and shares of the four areas: of all scored pixels first, then of each class in the truth."""
    pixels = np.concatenate([found.pixels.sum(axis=0, keepdims=True), found.pixels])
    names = [ALL, *(space.names[ident] for ident in space.scored)]
    totals = pixels.sum(axis=1)
    table = pd.DataFrame(pixels, columns=[AREAS.names[area] for area in AREAS.scored])
    for area in AREAS.scored:
        table[f"{AREAS.names[area]}, share"] = pixels[:, area] / np.maximum(totals, 1)
    table.insert(0, "class", names)
    table.insert(1, "pixels", totals)
    return table[totals > 0]


def figure(table: pd.DataFrame) -> go.Figure:
    """Return one stacked bar per row of ``shares``, in per cent."""
    figure = go.Figure()
    for area, shape in zip(AREAS.scored, PATTERNS, strict=True):
        name, colour = AREAS.names[area], AREAS.colours[area]
        pattern = {"shape": shape, "bgcolor": colour, "fgcolor": "rgba(255, 255, 255, 0.6)", "size": 6}
        figure.add_bar(
            x=100 * table[f"{name}, share"], y=table["class"].map(literal), name=name, orientation="h",
            marker={"color": colour, "line": {"color": GUIDE, "width": 0.5}, "pattern": pattern},
            customdata=table[name].tolist(),
            hovertemplate=f"%{{y}}, {name}: %{{x:.2f}} %, %{{customdata:,}} pixels<extra></extra>",
        )  # fmt: skip
    lay_out(figure, x="Share of the pixels with this truth in %", height=150 + 26 * len(table))
    figure.update_layout(barmode="stack", bargap=0.25, legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"})
    figure.update_layout(margin={"t": 70, "r": 20})
    figure.update_xaxes(range=[0, 100])
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return figure


def draw(a: Scores, b: Scores, found: Disagreement, space: LabelSpace) -> None:
    """Draw how the scored pixels of a split fall into the four areas, all together and by class."""
    st.subheader("Which of them is right", anchor=False)
    table = shares(found, space)
    if table.empty:
        st.info("No pixel of these images is scored.", icon=":material/search_off:")
        return
    every = table.iloc[0]
    told = ", ".join(f"{AREAS.names[area]} {every[f'{AREAS.names[area]}, share']:.2%}" for area in AREAS.scored)
    st.markdown(escape_markdown(f"Of {every['pixels']:,} scored pixels: {told}. A is {a.name}, B is {b.name}."))
    charts.show(
        figure(table),
        "evaluation_areas",
        f"Shares of the scored pixels in which A, {a.name}, and B, {b.name}, are right: {told}",
        lambda: table.assign(a=a.name, b=b.name),
        about="Pooled over all images of the split, by the class of the truth, without the pixels that are not scored.",
    )
    st.caption(WHY_NOT_SIGNIFICANCE)
