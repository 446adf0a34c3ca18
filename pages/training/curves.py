"""The curves of a training run or an uploaded log: metrics, smoothing and the best epoch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from configs import column_names
from models.runs.run import Run


@dataclass(frozen=True)
class Metric:
    """Title, meaning and unit of a metric."""

    title: str
    about: str
    unit: str = ""


METRICS = {
    "loss": Metric(
        "Loss", "What training minimises, averaged over the epoch. Runs with different losses cannot be compared."
    ),
    "accuracy": Metric("Pixel accuracy", "Part of the scored pixels with the right class, at the network's size."),
    "miou": Metric(
        "mIoU",
        "Intersection over union, pooled over all pictures at the network's size, averaged over the classes that "
        "occur. The Evaluation page scores at the masks' own size, so its figures differ a little.",
    ),
    "learning_rate": Metric("Learning rate", "Step size of the optimiser at the end of the epoch."),
    "images_per_second": Metric("Speed", "Training images per second, averaged over the epoch.", "images/s"),
}
"""Metrics of SegDeck's own runs, in the order of the page."""


Axis = Literal["epoch", "step"]
"""What counts the points of a curve. A step is an optimiser's step, whose number per epoch the log does not tell."""
AXES: tuple[Axis, ...] = ("epoch", "step")


def _no_steps() -> pd.DataFrame:
    return pd.DataFrame({"step": [], "time": []}, dtype=float)


@dataclass(frozen=True)
class TrainingCurves:
    """The curves of one training, and where they come from in a few words (``origin``).

    Attributes:
        table: One row per epoch: ``epoch``, ``time`` (seconds since the start, NaN if unknown), and per metric a column
            of its name (training) and one with the prefix ``val_`` (validation), where it was logged. A log may have
            points within an epoch, such as 0.5, which is half of the first one.
        small_epochs: Number of epochs at the start that train at a smaller image size.
        steps: The same by ``step`` instead of ``epoch``, for what an uploaded log has by step only.
        notes: One clause for everything in an uploaded log that is left out or was understood in a certain way.
    """

    name: str
    table: pd.DataFrame
    origin: str
    small_epochs: int = 0
    steps: pd.DataFrame = field(default_factory=_no_steps)
    notes: tuple[str, ...] = ()

    def by(self, axis: Axis) -> pd.DataFrame:
        """Return the curves by epoch or by step."""
        return self.table if axis == "epoch" else self.steps

    def has_values(self, column: str, axis: Axis = "epoch") -> bool:
        """Return whether a column exists and has at least one value."""
        table = self.by(axis)
        return column in table and bool(table[column].notna().any())

    def metrics(self, axis: Axis | None = None) -> list[str]:
        """Return the names of the metrics with values by epoch, by step or by any, SegDeck's own first."""
        axes = [axis] if axis else AXES
        columns = [str(column) for each in axes for column in self.by(each) if column not in {*AXES, "time"}]
        names = dict.fromkeys([*METRICS, *(column.removeprefix("val_") for column in columns)])
        return [name for name in names if any(self._has_metric(name, each) for each in axes)]

    def _has_metric(self, name: str, axis: Axis) -> bool:
        return self.has_values(name, axis) or self.has_values(f"val_{name}", axis)

    def last_epoch(self) -> float:
        """Return how many epochs there are curves of."""
        epochs = self.table["epoch"]
        return float(epochs.max()) if len(epochs) and (epochs % 1 > 0).any() else len(epochs)


def run_curves(name: str, run: Run) -> TrainingCurves:
    """Return the curves of a run up to its last finished epoch; before the first one they have no values."""
    table = run.history()
    table["time"] = table.pop("seconds").cumsum()
    origin = "Published" if run.published else "Trained here"
    return TrainingCurves(name, table, origin, run.experiment.train.small_epochs)


def metric_info(name: str) -> Metric:
    """Return title and meaning of a metric; an unknown one is titled by its own name."""
    return METRICS.get(name, Metric(name, "A metric of an uploaded log, under the name it has there."))


def smooth(values: "pd.Series[float]", weight: float) -> "pd.Series[float]":
    """Return the exponential moving average, bias-corrected at the start; NaNs stay where they are.

    ``weight`` is the share of the past that is kept from one epoch to the next, in [0, 1); 0 changes nothing.

    >>> smooth(pd.Series([0.0, 3.0]), 0.5).tolist()
    [0.0, 2.0]

    Source: Kingma and Ba 2015, Adam, section 3 (bias correction).
    """
    if weight <= 0:
        return values
    return values.ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean().where(values.notna())


def best_epoch(table: pd.DataFrame, small_epochs: int = 0) -> tuple[int, str] | None:
    """Return the row of the best epoch and the column that decides it, or None if no column does.

    The first of ``val_miou``, ``val_accuracy`` (highest) and ``val_loss`` (lowest) that has values decides; among equal
    epochs the earliest wins. ``small_epochs`` at the start are scored at a smaller image size, so they are considered
    only while there are no others.
    """
    first = small_epochs if len(table) > small_epochs else 0
    candidates = table.iloc[first:]
    for column, sign in [("val_miou", 1), ("val_accuracy", 1), ("val_loss", -1)]:
        if column in candidates and candidates[column].notna().any():
            return first + int(np.nanargmax(sign * candidates[column].to_numpy(float))), column
    return None


def long_table(
    metric: str, trainings: Sequence[TrainingCurves], smoothing: float, axis: Axis = "epoch"
) -> pd.DataFrame:
    """Return the figures behind a chart: one row per training, part (training or validation) and epoch or step."""
    (title,) = column_names.apart([metric], ("run", "part", axis, "seconds", "smoothed"), "metric")
    rows = [
        pd.DataFrame(
            {
                "run": training.name,
                "part": "validation" if column.startswith("val_") else "training",
                axis: training.by(axis)[axis],
                "seconds": training.by(axis)["time"],
                title: training.by(axis)[column],
                "smoothed": smooth(training.by(axis)[column].astype(float), smoothing),
            }
        )
        for training in trainings
        for column in (metric, f"val_{metric}")
        if training.has_values(column, axis)
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
