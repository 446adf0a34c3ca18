"""The CSV that Weights & Biases exports from a chart: a column for each run."""

from collections.abc import Sequence

import pandas as pd

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogError, LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves, with_notes
from pages.training.logs.table import Table, left_out

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
    runs: dict[str, list[pd.DataFrame]] = {}
    notes: dict[str, list[str]] = {}
    for file in files:
        assert file.table is not None
        numbers = file.table.numbers
        axis = _axis(file, numbers)
        bounds = [column for column in numbers if column.endswith(_BOUNDS)]
        internal = [column for column in numbers if column.rpartition(_BETWEEN)[2] in _INTERNAL]
        for column in numbers:
            run, _, metric = column.rpartition(_BETWEEN)
            if column in {axis, *bounds, *internal} or metric == _axis_name(axis):
                continue
            values = pd.DataFrame({_axis_name(axis): numbers[axis], metric: numbers[column]}).dropna()
            runs.setdefault(run or file.path, []).append(values)
            notes.setdefault(run or file.path, []).extend(file.table.notes)
        for run in runs:
            own = [column for column in (*bounds, *internal) if column.startswith(f"{run}{_BETWEEN}")]
            notes[run] += left_out(own, "no metrics")
    if not runs:
        raise LogError(f"{name or files[0].path} has no metric of a run; export a chart of a metric from W&B.")
    return [
        with_notes(
            training_curves(run, Table(pd.concat(points, ignore_index=True)), "W&B export", from_zero=False),
            *dict.fromkeys(notes[run]),
        )
        for run, points in runs.items()
    ]


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
