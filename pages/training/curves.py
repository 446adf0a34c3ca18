"""The curves of a training, from a run or from elsewhere, and the charts that overlay them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from models.runs.run import Run
from pages.shared.ui.charts import Style, lay_out, literal


@dataclass(frozen=True)
class Metric:
    """What a curve shows: its title, what it means, and its unit."""

    title: str
    about: str
    unit: str = ""


METRICS = {
    "loss": Metric(
        "Loss", "What training minimises, averaged over the epoch. Runs with different losses do not compare."
    ),
    "accuracy": Metric("Pixel accuracy", "Part of the scored pixels with the right class, at the network's size."),
    "miou": Metric(
        "mIoU",
        "Intersection over union, pooled over all pictures at the network's size, averaged over the classes that "
        "occur. The Evaluation page scores at the masks' own size, so its figures differ a little.",
    ),
    "learning_rate": Metric("Learning rate", "Step size of the optimiser, at the end of the epoch."),
    "images_per_second": Metric("Speed", "Training images per second of the epoch.", "images/s"),
}
"""The curves of our own runs, in the order of the page."""

FEW_EPOCHS = 8
"""Up to this many epochs, each has its number on the axis."""

TIMES = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Curves:
    """The curves of one training.

    Attributes:
        name: What it is called on the page.
        table: One row per epoch: ``epoch``, ``time`` (seconds since the start, or missing), and for each metric a
            column of its name (training) and one with ``val_`` before it (validation), where there is one.
        origin: Where it comes from, in a few words.
        small_epochs: How many epochs at its start are at a smaller size.
    """

    name: str
    table: pd.DataFrame
    origin: str
    small_epochs: int = 0

    def has(self, column: str) -> bool:
        """Return whether there is any value in a column."""
        return column in self.table and bool(self.table[column].notna().any())

    def metrics(self) -> list[str]:
        """Return the names of the metrics, ours first."""
        names = dict.fromkeys(
            str(column).removeprefix("val_") for column in self.table if column not in {"epoch", "time"}
        )
        known = [name for name in METRICS if name in names]
        present = [*known, *(name for name in names if name not in METRICS)]
        return [name for name in present if self.has(name) or self.has(f"val_{name}")]


def of_run(name: str, run: Run) -> Curves:
    """Return the curves of a run as far as it is; none of them may have a value yet."""
    table = run.history()
    table["time"] = table.pop("seconds").cumsum()
    return Curves(name, table, "Published" if run.published else "Trained here", run.experiment.train.small_epochs)


def about(metric: str) -> Metric:
    """Return what a metric is; one that is not ours is shown under its own name."""
    return METRICS.get(metric, Metric(metric, "A curve of an uploaded log, under the name it has there."))


def smooth(values: "pd.Series[float]", weight: float) -> "pd.Series[float]":
    """Return an exponential moving average that starts unbiased; missing values stay missing.

    Args:
        values: One value per epoch.
        weight: How much of the past is kept from one epoch to the next; 0 changes nothing, below 1.

    >>> smooth(pd.Series([0.0, 3.0]), 0.5).tolist()
    [0.0, 2.0]

    Source: Kingma and Ba 2015, Adam, section 3 (the correction of the bias).
    """
    if weight <= 0:
        return values
    return values.ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean().where(values.notna())


def best_epoch(table: pd.DataFrame, small_epochs: int = 0) -> tuple[int, str] | None:
    """Return the position of the best epoch and the column that decides it, or None if nothing does.

    The first column with values among ``val_miou``, ``val_accuracy`` (the highest) and ``val_loss`` (the lowest)
    decides; of equal epochs, the earliest is best.

    Args:
        table: One row per epoch.
        small_epochs: How many at the start are at a smaller size. Their scores are measured at that size, so they count
            only as long as there is no other.
    """
    first = small_epochs if len(table) > small_epochs else 0
    counted = table.iloc[first:]
    for column, sign in [("val_miou", 1), ("val_accuracy", 1), ("val_loss", -1)]:
        if column in counted and counted[column].notna().any():
            return first + int(np.nanargmax(sign * counted[column].to_numpy(float))), column
    return None


def time_unit(curves: Sequence[Curves]) -> str:
    """Return the unit in which the longest of the trainings is best told."""
    longest = max((one.table["time"].max() for one in curves if one.has("time")), default=0)
    return "h" if longest >= 2 * TIMES["h"] else "min" if longest >= 2 * TIMES["min"] else "s"


@dataclass(frozen=True)
class Look:
    """How curves are drawn: against ``epoch`` or ``time``, how smooth, and whether the axis is logarithmic."""

    x: str = "epoch"
    smoothing: float = 0.0
    logarithmic: bool = False


def chart(metric: str, curves: Sequence[Curves], styles: Sequence[Style], look: Look) -> go.Figure:
    """Draw one metric of several trainings: validation solid, training dashed, the best epoch as a star."""
    figure = go.Figure()
    unit = time_unit(curves)
    smoothing = 0.0 if metric == "learning_rate" else look.smoothing  # it is set, so there is no noise in it
    for one, style in zip(curves, styles, strict=True):
        x = one.table["epoch"] if look.x == "epoch" else one.table["time"] / TIMES[unit]
        shown = [column for column in (f"val_{metric}", metric) if one.has(column)]
        for position, column in enumerate(shown):
            _add_line(figure, one, style, x, column, smoothing, legend=position == 0)
        if shown and shown[0].startswith("val_"):
            _add_star(figure, one, style, x, shown[0], smoothing)
    what = about(metric)
    axis = "Epoch" if look.x == "epoch" else f"Time ({unit})"
    lay_out(figure, title=what.title, x=axis, y=what.unit)
    figure.update_layout(hovermode="x unified")
    if look.x == "epoch" and max((one.table["epoch"].max() for one in curves), default=0) <= FEW_EPOCHS:
        figure.update_xaxes(dtick=1)  # else there would be half epochs
    figure.update_yaxes(type="log" if look.logarithmic else "linear", tickformat="~g" if look.logarithmic else None)
    return figure


def _add_line(
    figure: go.Figure, one: Curves, style: Style, x: "pd.Series[float]", column: str, smoothing: float, *, legend: bool
) -> None:
    """Add one curve; a smoothed one is drawn over the faint original."""
    measured = one.table[column].astype(float)
    validation = column.startswith("val_")
    dash = "solid" if validation or _single(one, column) else "dash"
    line = {"color": style.colour, "dash": dash, "width": 2.2 if dash == "solid" else 1.6}
    part = "validation" if validation else "training"
    said = f"{literal(one.name)}, {part}: "
    if smoothing > 0:
        figure.add_scatter(
            x=x, y=measured, mode="lines", line=line | {"width": 1}, opacity=0.3, legendgroup=one.name,
            showlegend=False, hoverinfo="skip", name=f"{literal(one.name)} {part}, measured",
        )  # fmt: skip
    figure.add_scatter(
        x=x, y=smooth(measured, smoothing), customdata=measured, mode="lines+markers", line=line,
        marker={"symbol": style.symbol, "size": 7, "color": style.colour, "maxdisplayed": 8},
        name=literal(one.name), legendgroup=one.name, showlegend=legend,
        hovertemplate=said + ("%{y:.4g} (%{customdata:.4g} measured)" if smoothing else "%{y:.4g}")
        + "<extra></extra>",
    )  # fmt: skip


def _single(one: Curves, column: str) -> bool:
    """Return whether a metric has no other side, as the learning rate."""
    return not one.has(f"val_{column}")


def _add_star(
    figure: go.Figure, one: Curves, style: Style, x: "pd.Series[float]", column: str, smoothing: float
) -> None:
    """Mark the best epoch on a validation curve."""
    best = best_epoch(one.table, one.small_epochs)
    if best is None:
        return
    position, decided = best
    y = smooth(one.table[column].astype(float), smoothing).iloc[position]
    figure.add_scatter(
        x=[x.iloc[position]], y=[y], mode="markers", legendgroup=one.name, showlegend=False, name=literal(one.name),
        marker={"symbol": "star", "size": 15, "color": style.colour, "line": {"color": "white", "width": 1}},
        hovertemplate=f"{literal(one.name)}: best epoch by {decided}<extra></extra>",
    )  # fmt: skip


def long_table(metric: str, curves: Sequence[Curves], smoothing: float) -> pd.DataFrame:
    """Return the figures behind a chart: one row per training, part and epoch."""
    rows = [
        pd.DataFrame(
            {
                "run": one.name,
                "part": "validation" if column.startswith("val_") else "training",
                "epoch": one.table["epoch"],
                "seconds": one.table["time"],
                metric: one.table[column],
                "smoothed": smooth(one.table[column].astype(float), smoothing),
            }
        )
        for one in curves
        for column in (metric, f"val_{metric}")
        if one.has(column)
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
