"""Tables of any program: a column that counts epochs or steps, and metrics beside it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogError, LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.metric_names import TRAINING, VALIDATION
from pages.training.logs.placement import training_curves, with_notes
from pages.training.logs.table import MAX_COLUMNS, Table

JUMP = 5
"""A change is a jump if it is so many times the usual one."""
WANTED = "upload a log of one of the programs listed above, or a CSV with a column epoch or step"
_EPOCHS = ("epoch", "epochs")
_STEPS = ("step", "steps", "global_step", "iteration", "iterations", "iter", "_step")
_TAGS = ("tag", "metric", "key", "name", "metric_name")
"""Columns that name the metric of each row, in tables with a column ``value``."""


def recognises(file: LogFile) -> bool:
    """Return whether a table has a column of epochs or steps."""
    return any(column.lower() in {*_EPOCHS, *_STEPS} for column in file.columns)


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read a table with a column of epochs or steps, such as Keras' ``CSVLogger`` or a run's ``history.csv``.

    Raises:
        LogError: If the file is not a table, counts neither epochs nor steps, or has no numbers.
    """
    (file,) = files
    if not file.content.strip():
        raise LogError(f"{name} is empty; {WANTED}.")
    if file.table is None:
        kind = "has no list of logged values" if file.document is not None else "is not a CSV table"
        raise LogError(f"{name} {kind}; {WANTED}.")
    table = _with_axes(file.table)
    if not {"epoch", "step"} & table.columns:
        raise LogError(f"{name} has no column epoch and none of steps, so it is not a training log; {WANTED}.")
    curves = training_curves(name, _with_times(_with_parts(_with_metrics(table))), "CSV log")
    return [with_notes(curves, *_swapped(curves.table))]


def _with_axes(table: Table) -> Table:
    """Return the table with its columns of epochs and steps under these names."""
    names: dict[str, str] = {}
    columns = [*table.numbers, *table.words]  # in the order of the file: the first spelling counts
    for axis, spellings in [("epoch", _EPOCHS), ("step", _STEPS)]:
        found = [column for spelling in spellings for column in columns if column.lower() == spelling]
        if axis not in columns:  # else another spelling of it is a column of its own
            names |= dict.fromkeys(found[:1], axis)
    if "_runtime" in table.columns and "time" not in table.columns:  # as W&B counts it
        names["_runtime"] = "time"
    numbers = table.numbers.rename(columns=names).drop(columns="_timestamp", errors="ignore")
    return Table(numbers, table.words.rename(columns=names), table.notes)


def _with_metrics(table: Table) -> Table:
    """Return the table with a column for each metric, if it has one row per value, as MLflow's and tbparse's have."""
    tags = next((column for column in table.words if column.lower() in _TAGS), None)
    value = next((column for column in table.numbers if column.lower() == "value"), None)
    if tags is None or value is None:
        return table
    names = table.words[tags].fillna("").astype(str)
    places = table.numbers.filter(["epoch", "step", "time"])
    if names.nunique() > MAX_COLUMNS:
        return table
    columns = {name: table.numbers[value].where(names == name) for name in names.unique() if name}
    return Table(places.assign(**columns), table.words.drop(columns=tags), table.notes)


def _with_parts(table: Table) -> Table:
    """Return the table with training and validation apart, if a column of words says which part a row is of."""
    for column in table.words:
        part = table.words[column].str.lower()
        if not set(part) <= {*TRAINING, *VALIDATION}:
            continue
        of_validation = part.isin(VALIDATION)
        names = {name: f"val_{name}" for name in table.numbers if name not in {"epoch", "step", "time"}}
        validation = table.numbers[of_validation].rename(columns=names)
        numbers = pd.concat([table.numbers[~of_validation], validation]).sort_index(kind="stable")
        return Table(numbers, table.words.drop(columns=column), table.notes)
    return table


def _with_times(table: Table) -> Table:
    """Return the table with the time since the start: of a column ``time``, or the sum of ``seconds`` per epoch."""
    numbers, notes = table.numbers, table.notes
    if "time" in numbers and not numbers["time"].dropna().is_monotonic_increasing:
        numbers = numbers.drop(columns="time")
        notes = (*notes, "1 column left out, since it is not the time since the start: time")
    if "seconds" in numbers:
        seconds = numbers["seconds"].cumsum()
        numbers = numbers.drop(columns="seconds")
        if "time" not in numbers:
            numbers = numbers.assign(time=seconds)
    return Table(numbers, table.words, notes)


def _swapped(table: pd.DataFrame) -> list[str]:
    """Return a note if all curves jump in the same epoch, each to about where another one was.

    Keras' ``CSVLogger`` appends the metrics of a resumed training in alphabetical order. If there are as many as
    before, but others, every value is silently under another name.
    """
    values = table.drop(columns=["epoch", "time", "learning_rate"], errors="ignore").dropna(axis=1).to_numpy()
    changes = np.abs(np.diff(values, axis=0))  # (rows - 1, columns)
    if min(changes.shape) < 2:
        return []
    usual = np.median(changes, axis=0)
    for row in range(len(changes)):
        distances = np.abs(values[row + 1][:, None] - values[row][None])  # (new column, old column)
        if (changes[row] > JUMP * usual).all() and (distances.argmin(axis=1) != np.arange(len(distances))).all():
            epoch = f"{table['epoch'].iloc[row + 1]:g}"
            remedy = "if the training went on with other metrics there, put a line with their names above them"
            return [f"all values jump in epoch {epoch}, as if they stood under other names from there on; {remedy}"]
    return []


FORMAT = Format(
    "Keras: the file of a `CSVLogger`; likewise any CSV or JSON lines with a column `epoch` or `step`",
    recognises,
    read,
)
