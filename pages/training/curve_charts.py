"""Charts that overlay the curves of several trainings, and the controls above them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.shared.ui import charts
from pages.shared.ui.charts import Style, literal
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState
from pages.training.curves import AXES, METRICS, Axis, TrainingCurves, best_epoch, long_table, metric_info, smooth

MAX_EPOCHS_LABELLED = 8
"""Up to this many epochs, each is labelled on the axis."""
FEW_METRICS = 4
"""So many of the metrics that only an uploaded log has are drawn at first."""
TIME_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
EPOCH, TIME = "Epoch", "Time"


@dataclass(frozen=True)
class ChartOptions:
    """How curves are drawn: against ``EPOCH`` or ``TIME``, how smooth, and whether the y axis is logarithmic."""

    x: str = EPOCH
    smoothing: float = 0.0
    logarithmic: bool = False


def chart_controls(state: PageState, uploaded: Sequence[TrainingCurves]) -> tuple[list[str], ChartOptions]:
    """Draw the controls, and return the chosen metrics and chart options."""
    extra = [metric for training in uploaded for metric in _others(training)]
    options = [*METRICS, *dict.fromkeys(extra)]
    few = {metric for training in uploaded for metric in _others(training)[:FEW_METRICS]}
    default = [metric for metric in options if metric in METRICS or metric in few]
    binding = state.widget("curves", default, options)

    def title(metric: str) -> str:
        return escape_markdown(metric_info(metric).title)

    metrics = st.pills("Curves", options, selection_mode="multi", format_func=title, wrap=True, **binding)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        x = st.segmented_control("Along", [EPOCH, TIME], required=True, **state.widget("x", EPOCH, [EPOCH, TIME]))
        about = "Share of the past that an exponential moving average keeps. The measured curve stays visible, faint."
        binding = state.widget("smoothing", 0.0)
        smoothing = st.slider("Smoothing", 0.0, 0.99, step=0.01, width=220, help=about, **binding)
        logarithmic = st.toggle("Logarithmic", **state.widget("log", False))
    return list(metrics), ChartOptions(x, min(smoothing, 0.99), logarithmic)


def _others(training: TrainingCurves) -> list[str]:
    """Return the metrics of an uploaded log that SegDeck's own runs do not have."""
    return [metric for metric in training.metrics() if metric not in METRICS]


def draw_charts(trainings: Sequence[TrainingCurves], metrics: Sequence[str], options: ChartOptions) -> None:
    """Draw a chart for each of the metrics that any training has, two to a row; those by step come last, apart."""
    styles = {training.name: Style.of(index) for index, training in enumerate(trainings)}
    for axis in AXES:
        available = [metric for metric in metrics if any(metric in training.metrics(axis) for training in trainings)]
        if axis == "step" and available:
            st.subheader("By step", anchor=False)
            st.caption("What uploaded logs have by step. They do not tell which step ends an epoch.")
        for first in range(0, len(available), 2):
            for column, metric in zip(st.columns(2, gap="medium"), available[first : first + 2], strict=False):
                with column, error_boundary(f"The chart of {metric_info(metric).title}"):
                    _draw_chart(metric, trainings, styles, options, axis)


def _draw_chart(
    metric: str, trainings: Sequence[TrainingCurves], styles: Mapping[str, Style], options: ChartOptions, axis: Axis
) -> None:
    trainings = [training for training in trainings if metric in training.metrics(axis)]
    if options.x == TIME:
        trainings = [training for training in trainings if training.has_values("time", axis)]
    if not trainings:
        return
    info = metric_info(metric)
    key = "".join(letter if letter.isalnum() else "_" for letter in metric)
    by_step = " by step" if axis == "step" else ""
    charts.show(
        metric_figure(metric, trainings, styles, options, axis),
        f"training_{key}{'_by_step' if by_step else ''}",
        f"{info.title}{by_step} of {', '.join(training.name for training in trainings)}",
        lambda: long_table(metric, trainings, options.smoothing, axis),
        about=info.about,
    )


def metric_figure(
    metric: str,
    trainings: Sequence[TrainingCurves],
    styles: Mapping[str, Style],
    options: ChartOptions,
    axis: Axis = "epoch",
) -> go.Figure:
    """Return one metric of several trainings: validation solid, training dashed, the best epoch or step as a star."""
    figure = go.Figure()
    unit = time_unit(trainings, axis)
    smoothing = 0.0 if metric == "learning_rate" else options.smoothing  # the learning rate is set: it has no noise
    for training in trainings:
        style = styles[training.name]
        table = training.by(axis)
        x = table[axis] if options.x == EPOCH else table["time"] / TIME_UNITS[unit]
        columns = [column for column in (f"val_{metric}", metric) if training.has_values(column, axis)]
        for index, column in enumerate(columns):
            _add_curve(figure, training, style, x, column, smoothing, axis, legend=index == 0)
        if columns and columns[0].startswith("val_"):
            _add_best(figure, training, style, x, columns[0], smoothing, axis)
    info = metric_info(metric)
    title = f"{info.title} by step" if axis == "step" else info.title
    charts.lay_out(figure, title=title, x=axis.title() if options.x == EPOCH else f"Time ({unit})", y=info.unit)
    figure.update_layout(hovermode="x unified")
    last = max((training.by(axis)[axis].max() for training in trainings), default=0)
    if options.x == EPOCH and last <= MAX_EPOCHS_LABELLED:
        figure.update_xaxes(dtick=1)  # otherwise Plotly labels half epochs
    figure.update_yaxes(**{"type": "log", "tickformat": "~g"} if options.logarithmic else {"type": "linear"})
    return figure


def time_unit(trainings: Sequence[TrainingCurves], axis: Axis = "epoch") -> str:
    """Return the unit that suits the longest of the trainings: ``s``, ``min`` or ``h``."""
    timed = [training.by(axis)["time"] for training in trainings if training.has_values("time", axis)]
    longest = max((times.max() for times in timed), default=0)
    return next((unit for unit in ("h", "min") if longest >= 2 * TIME_UNITS[unit]), "s")


def _add_curve(
    figure: go.Figure, training: TrainingCurves, style: Style, x: "pd.Series[float]", column: str, smoothing: float,
    axis: Axis, *, legend: bool,
) -> None:  # fmt: skip
    """Add one curve through the points it has; the measured values behind a smoothed one are drawn faintly."""
    measured = training.by(axis)[column].astype(float).dropna()
    x = x[measured.index]
    validation = column.startswith("val_")
    # A metric without validation values, such as the learning rate, needs no distinction.
    solid = validation or not training.has_values(f"val_{column}", axis)
    line = {"color": style.colour, "dash": "solid" if solid else "dash", "width": 2.2 if solid else 1.6}
    name, part = literal(training.name), "validation" if validation else "training"
    if smoothing > 0:
        figure.add_scatter(
            x=x, y=measured, mode="lines", line=line | {"width": 1}, opacity=0.3, legendgroup=training.name,
            showlegend=False, hoverinfo="skip", name=f"{name} {part}, measured",
        )  # fmt: skip
    value = "%{y:.4g} (%{customdata:.4g} measured)" if smoothing else "%{y:.4g}"
    figure.add_scatter(
        x=x, y=smooth(measured, smoothing), customdata=measured, mode="lines+markers", line=line,
        marker={"symbol": style.symbol, "size": 7, "color": style.colour, "maxdisplayed": 8},
        name=name, legendgroup=training.name, showlegend=legend,
        hovertemplate=f"{name}, {part}: {value}<extra></extra>",
    )  # fmt: skip


def _add_best(
    figure: go.Figure, training: TrainingCurves, style: Style, x: "pd.Series[float]", column: str, smoothing: float,
    axis: Axis,
) -> None:  # fmt: skip
    """Mark the best epoch, or the best step, on a validation curve by a star."""
    table = training.by(axis)
    if (best := best_epoch(table, training.small_epochs if axis == "epoch" else 0)) is None:
        return
    row, deciding_column = best
    y = smooth(table[column].astype(float), smoothing).iloc[row]
    name = literal(training.name)
    figure.add_scatter(
        x=[x.iloc[row]], y=[y], mode="markers", legendgroup=training.name, showlegend=False, name=name,
        marker={"symbol": "star", "size": 15, "color": style.colour, "line": {"color": "white", "width": 1}},
        hovertemplate=f"{name}: best {axis} by {deciding_column}<extra></extra>",
    )  # fmt: skip
