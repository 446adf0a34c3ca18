"""The CSV that Weights & Biases exports from a chart: a column for each run."""

from collections.abc import Sequence

import pandas as pd

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogError, LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves, with_notes
from pages.training.logs.table import Table, left_out, listed

_BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")
_INTERNAL = {"_step", "_runtime", "_timestamp"}


def recognises(file: LogFile) -> bool:
    """Return whether the columns are named ``run - metric``, with bounds or beside one axis."""
    columns = file.columns
    named = [column for column in columns if _BETWEEN in column]
    return bool(named) and (any(column.endswith(_BOUNDS) for column in named) or len(named) == len(columns) - 1)


def run_of(file: LogFile) -> str:
    """Return the folder, since each chart of the same runs is exported to a file of its own."""
    return "/".join(file.folders)


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the exported charts of some runs: one result per run.

    Raises:
        LogError: If a chart is along anything but steps or epochs, or there are no values.
    """
    points: dict[str, list[pd.DataFrame]] = {}
    internal: dict[str, list[str]] = {}
    notes: list[str] = []
    empty: list[str] = []
    for file in files:
        assert file.table is not None
        numbers = file.table.numbers
        notes += file.table.notes
        axis = _axis(file, numbers)
        for column in numbers.drop(columns=axis):
            run, _, metric = column.rpartition(_BETWEEN)
            if column.endswith(_BOUNDS) or metric in {*_INTERNAL, _axis_name(axis)}:
                internal.setdefault(run, []).append(column)
                continue
            values = pd.DataFrame({_axis_name(axis): numbers[axis], metric: numbers[column]}).dropna()
            if values.empty:
                empty.append(column)
            else:
                points.setdefault(run, []).append(values)
    if not points:
        paths = listed([file.path for file in files])
        raise LogError(f"{paths} has no value of a run along its axis; export a chart of a metric from W&B.")
    notes += left_out(empty, "empty")
    found = []
    for run, values in points.items():
        table = Table(pd.concat(values, ignore_index=True))
        curves = training_curves(run or files[0].path, table, "W&B export", from_zero=False)
        found.append(with_notes(curves, *left_out(internal.get(run, []), "no metrics"), *notes))
    return found


def _axis(file: LogFile, numbers: pd.DataFrame) -> str:
    """Return the column of the x axis, the first one; raise ``LogError`` if it counts neither steps nor epochs."""
    axes = [column for column in numbers if _BETWEEN not in column]
    for column in axes:
        if _axis_name(column):
            return str(column)
    found = f"is along {axes[0]}" if axes else "has no column Step"
    raise LogError(
        f"{file.path} {found}; choose Step or the epoch as the x axis of the chart in W&B, and export again."
    )


def _axis_name(column: str) -> str:
    """Return ``epoch`` or ``step`` for the name of an axis, or nothing if it is neither."""
    last = column.lower().rpartition("/")[2]
    return "epoch" if last == "epoch" else "step" if last.endswith(("step", "iteration", "iter")) else ""


FORMAT = Format("Weights & Biases: charts exported as CSV, along steps or epochs", recognises, read, run_of)
