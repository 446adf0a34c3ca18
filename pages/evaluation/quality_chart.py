"""The chart of quality against cost: mIoU by size, parameters or latency."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from models.metrics.definitions import SUMMARY
from pages.shared.content import latency
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import Style, lay_out, literal
from pages.shared.ui.page_state import PageState

SIZE, PARAMETERS, TIME = "Size", "Parameters", "Time"
COSTS = {
    SIZE: ("Size (MB)", "Size of the weight file (MB)"),
    PARAMETERS: ("Parameters", "Parameters"),
    TIME: ("Time (ms)", "Milliseconds for one picture"),
}
"""The column of the leaderboard that holds a cost, and the title of its axis."""


def draw(
    state: PageState,
    scored: Sequence[Scores],
    styles: Mapping[str, Style],
    table: pd.DataFrame,
    picked: Callable[[str], None],
) -> None:
    """Draw quality against a cost that the visitor chooses.

    ``table`` is the leaderboard; ``picked`` is told the model of a point clicked on.
    """
    st.header("Quality and cost", anchor=False)
    options = list(COSTS)
    cost = st.segmented_control(
        "Cost", options, required=True, label_visibility="collapsed", **state.widget("cost", SIZE, options)
    )
    column, axis = COSTS[cost]
    costs = table.dropna(subset=[column]).set_index("Model")[column].astype(float).to_dict()
    if not costs and cost != TIME:
        st.info("The size of these models is unknown: they have no weights here, or only their predictions are known.")
    elif not costs and not (networks := {one.name: one.run for one in scored if one.run.input_size is not None}):
        st.info("Only the predictions of these models are known, so there is no network whose speed could be measured.")
    elif not costs:
        st.info("No speed has been measured on this computer yet.", icon=":material/speed:")
        latency.measure_button(networks)
        if any(latency.measured_here().of(run) is not None for run in networks.values()):
            st.rerun()
    else:
        drawn = [one.name for one in scored if one.name in costs]
        charts.show(
            figure(scored, [styles[one.name] for one in scored], costs, axis),
            "evaluation_quality",
            f"mIoU of {len(costs)} models against {axis}",
            lambda: table[["Model", "mIoU", "Size (MB)", "Parameters", "Time (ms)"]],
            about=f"Better is higher, cheaper is further left. {SUMMARY['miou'][1]} Split: {scored[0].split}. Click a "
            "point to see the worst images of its model.",
            picked=lambda point: picked(drawn[point["curve_number"]]),
        )


def figure(scores: Sequence[Scores], styles: Sequence[Style], costs: Mapping[str, float], axis: str) -> go.Figure:
    """Return mIoU against cost as a scatter chart of the models in ``costs``, by name and not empty."""
    figure = go.Figure()
    for one, style in zip(scores, styles, strict=True):
        if one.name in costs:
            figure.add_scatter(
                x=[costs[one.name]], y=[one.summary["miou"]], mode="markers", name=literal(one.name), cliponaxis=False,
                showlegend=True,  # names beside points that lie close to each other would cover each other
                marker={"color": style.colour, "symbol": style.symbol, "size": 13},
                hovertemplate=f"{literal(one.name)}<br>mIoU %{{y:.3f}}<br>{axis}: %{{x:,.4~r}}<extra></extra>",
            )  # fmt: skip
    lay_out(figure, x=axis, y="mIoU", height=340 + 14 * len(figure.data))  # a phone has a row for every name
    low, high = min(costs.values()), max(costs.values())
    if high > 3 * low:
        figure.update_xaxes(type="log", dtick="D2", tickformat=",~r", range=[np.log10(low / 1.6), np.log10(high * 1.6)])
    else:  # a logarithmic axis this short would show hardly any number
        figure.update_xaxes(tickformat=",~r", range=[0, 1.25 * high])
    values = [one.summary["miou"] for one in scores if one.name in costs]
    return figure.update_yaxes(range=[max(0, np.nanmin(values) - 0.08), min(1.02, np.nanmax(values) + 0.08)])
