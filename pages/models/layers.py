"""The layers of a model, with their parameters and multiply-accumulate operations."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from models.inference import export
from models.inference.graph_summary import Layer, layers
from models.runs.run import Run
from pages.shared.content.loaded_models import weights_digest
from pages.shared.ui import charts, tables

FOLDED = "Counted after batch norms have been folded into the convolutions before them, as in the exported network."


def draw(run: Run) -> None:
    """Draw the layers of a run with weights."""
    with st.spinner("Exporting the network. This is done once.", show_time=True):
        summary = _layers(weights_digest(run), str(run.path), run)
    table = layer_table(summary)
    stages = stage_table(summary)
    total, folded = run.parameters(), int(table["Parameters"].sum())
    text = (
        f"{len(summary)} layers with **{folded:,}** parameters and **{table['GMACs'].sum():.2f}** GMACs for one "
        "picture, from the input at the top to the output at the bottom."
    )
    if total not in {None, folded}:
        text += f" The weight file has {total:,}; those of batch norms are folded into the convolutions here."
    st.markdown(text)
    charts.show(
        profile(stages),
        "models_layers",
        f"GMACs and parameters of {len(stages)} stages of the network",
        lambda: stages,
        about="A stage is the layers that work at one size: down to the smallest, and up again. GMACs are billions of "
        "multiply-accumulate operations for one picture; kernels are counted whole, also at the edges. Parameters: "
        f"{FOLDED}",
    )
    tables.show(table, height="content", placeholder="", column_config=_columns(table), alt="Layers")
    charts.save(lambda: pd.DataFrame(map(vars, summary)), "models_layer_table")


def known_gmacs(run: Run) -> float | None:
    """Return the GMACs of a run; None if its network has not been exported yet, which takes a while."""
    if not run.is_ready:
        return None
    if not export.is_exported(run, "openvino"):
        return None
    return sum(layer.macs for layer in _layers(weights_digest(run), str(run.path), run)) / 1e9


@st.cache_data(max_entries=64, show_spinner=False)
def _layers(weights: str, path: str, _run: Run) -> list[Layer]:
    return layers(_run)


def layer_table(summary: Sequence[Layer]) -> pd.DataFrame:
    """Return one row per layer; a stage is named in its first row only, and zero counts are left empty."""
    stages = pd.Series([layer.stage for layer in summary])
    macs = pd.Series([layer.macs or math.nan for layer in summary])
    return pd.DataFrame(
        {
            "Stage": stages.where(stages != stages.shift(), ""),
            "Layer": [layer.name for layer in summary],
            "Window": [_window(layer) for layer in summary],
            "Output": [" × ".join(map(str, layer.shape)) for layer in summary],
            "Then": [layer.activation for layer in summary],
            "Parameters": [layer.parameters or math.nan for layer in summary],
            "GMACs": macs / 1e9,
            "Share": macs / macs.sum(),
        }
    )


def stage_table(summary: Sequence[Layer]) -> pd.DataFrame:
    """Return one row per stage, in the order of computation."""
    rows = [(layer.stage, 1, layer.shape[2], layer.parameters, layer.macs / 1e9) for layer in summary]
    table = pd.DataFrame(rows, columns=["Stage", "Layers", "Channels", "Parameters", "GMACs"])
    how = {"Layers": "sum", "Channels": "max", "Parameters": "sum", "GMACs": "sum"}
    return table.groupby("Stage", sort=False).agg(how).reset_index()


def profile(stages: pd.DataFrame) -> go.Figure:
    """Return bars of the GMACs and parameters of every stage side by side, the input on top."""
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=("GMACs", "Parameters"))
    labels = [stage[:1].upper() + stage[1:] for stage in stages["Stage"]]
    for index, (key, form) in enumerate([("GMACs", ".3f"), ("Parameters", ",")]):
        share = stages[key] / max(stages[key].sum(), 1e-12)
        figure.add_bar(
            y=labels, x=stages[key], orientation="h", name=key, showlegend=False, row=1, col=index + 1,
            text=[_percent(value) for value in share], textposition="auto", cliponaxis=False,
            customdata=stages[["Layers", "Channels"]], marker={"color": charts.Style.of(index).colour},
            hovertemplate=f"%{{y}}<br>{key}: %{{x:{form}}} (%{{text}})<br>%{{customdata[0]}} layers, up to "
            "%{customdata[1]} channels<extra></extra>",
        )  # fmt: skip
    charts.lay_out(figure, height=134 + 30 * len(stages))
    figure.update_layout(margin={"t": 64}, bargap=0.25)  # below the toolbar
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    figure.update_xaxes(nticks=4, tickangle=0, rangemode="tozero")
    figure.update_xaxes(tickformat="~s", col=2)  # not for GMACs, which are fractions: nobody reads milli-GMACs
    return figure


def _percent(share: float) -> str:
    """Return a share in per cent; a share above 0 is never rounded to 0.

    >>> _percent(0.234), _percent(0.001), _percent(0.0)
    ('23%', '<1%', '0%')
    """
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _window(layer: Layer) -> str:
    """Return the size of a layer's window and its stride as text."""
    if layer.kernel is None:
        return ""
    size = " × ".join(map(str, layer.kernel))
    if layer.stride in (None, (1, 1)):
        return size
    return f"{size}, stride {' × '.join(map(str, dict.fromkeys(layer.stride)))}"


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """Return how the columns are shown, with what they mean."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "Stage": text(width=130, help="The part of the network, and height × width of its features."),
        "Layer": text(width="medium", help="The kind of layer, numbered through the network."),
        "Window": text(help="Height × width of a kernel or a pooling window."),
        "Output": text(help="Height × width × channels of its output for one picture."),
        "Then": text(help="The activation applied to its output."),
        "Parameters": number(format="localized", help=FOLDED),
        "GMACs": number(format="%.4f", help="Billions of multiply-accumulate operations for one picture."),
        "Share": st.column_config.ProgressColumn(
            format="percent", min_value=0, max_value=float(table["Share"].max()) or 1.0, help="Part of all GMACs."
        ),
    }
