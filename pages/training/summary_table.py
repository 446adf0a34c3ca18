"""The table of the chosen trainings, with the figures of the best epoch of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs.run import Run
from pages.shared.ui import tables
from pages.training.curves import AXES, METRICS, TrainingCurves, best_epoch


def draw_summary(trainings: Sequence[TrainingCurves], runs: Mapping[str, Run]) -> None:
    """Draw the table."""
    table = summary_table(trainings, runs)
    tables.show(table, column_config=_columns(), placeholder="–", alt="Trainings")


def summary_table(trainings: Sequence[TrainingCurves], runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return one row per training with the figures of its best epoch; unknown ones are missing."""
    return pd.DataFrame([_row(training, runs.get(training.name)) for training in trainings])


def _row(training: TrainingCurves, run: Run | None) -> dict[str, object]:
    figures = _best_figures(training)
    speed = training.table["images_per_second"].median() if training.has_values("images_per_second") else None
    seconds = max((training.by(axis)["time"].max() for axis in AXES if training.has_values("time", axis)), default=None)
    return {
        "Run": training.name,
        "State": run.state if run else training.origin,
        "Dataset": run.dataset.title if run else None,
        "Epochs": None if training.table.empty and training.metrics("step") else training.last_epoch(),
        "Best epoch": figures.get("epoch"),
        "mIoU": figures.get("val_miou"),
        "Pixel accuracy": figures.get("val_accuracy"),
        "Loss": figures.get("val_loss"),
        "Minutes": None if seconds is None else seconds / 60,
        "Images/s": speed,
    }


def _best_figures(training: TrainingCurves) -> "pd.Series[float]":
    """Return the row of the best epoch; of the best step, if the log has its validation by step only."""
    for axis in AXES:
        table = training.by(axis)
        if best := best_epoch(table, training.small_epochs if axis == "epoch" else 0):
            return table.iloc[best[0]]
    return pd.Series(dtype=float)


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    at_best = "On the validation split, at the network's size, after the best epoch."
    return {
        "Run": text(help="The name of its folder, or of the uploaded log."),
        "State": text(help="The progress of the training, or the program that wrote the uploaded log."),
        "Dataset": text(help="The dataset it is trained on; an uploaded log does not record it."),
        "Epochs": number(help="Finished epochs."),
        "Best epoch": number(
            format="%g",  # a log may be evaluated within an epoch
            help="The epoch with the highest validation mIoU, else accuracy, else the lowest loss. Epochs at a smaller "
            "size at the start count only as long as there are no others. None if a log has validation by step only; "
            "then the figures are those of its best step.",
        ),
        "mIoU": number(format="%.3f", help=f"{METRICS['miou'].about} {at_best}"),
        "Pixel accuracy": number(format="%.3f", help=f"{METRICS['accuracy'].about} {at_best}"),
        "Loss": number(format="%.3f", help=at_best),
        "Minutes": number(format="%.1f", help="Total of all finished epochs."),
        "Images/s": number(format="%.1f", help="Training images per second, median over the epochs."),
    }
