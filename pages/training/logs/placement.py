"""Place the values of a log by epoch or by step."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from pages.training.curves import AXES, TrainingCurves
from pages.training.logs.log_file import LogError
from pages.training.logs.metric_names import MetricName, metric_name
from pages.training.logs.table import Table, counted, left_out, listed

MAX_RESTARTS = 100
"""Of a log that goes back more often, the further times are not looked at: it is out of order rather than resumed."""


def training_curves(
    name: str, table: Table, origin: str, *, ignored: Collection[str] = (), from_zero: bool = True
) -> TrainingCurves:
    """Return the curves in a table, each by epoch if it has at most one value per epoch, else by step.

    A value that is logged before its epoch ends, as Lightning does with the loss of every 50th step, belongs to a step
    even if it is the only one of its epoch. Where a value comes twice, or a log goes back, the last one
    counts. Infinite values are left
    out: a chart cannot show them, and one of them could be taken as the best epoch.

    Args:
        name: Name of the curves.
        table: Columns ``epoch``, ``step`` and ``time`` (seconds since the start), where known; all others are metrics
            under the names that the program gives them.
        origin: Where the curves come from, in a few words.
        ignored: Columns that are no metrics; they are named in the notes.
        from_zero: Whether a log whose first epoch is 0 counts its epochs from 0; then they are counted from 1.

    Raises:
        LogError: If no row has an epoch or a step, or no metric has a value.
    """
    rows, notes = table.numbers.reset_index(drop=True), [*table.notes]
    epoch, step = _column(rows, "epoch"), _column(rows, "step")
    if epoch.isna().all() and step.isna().all():
        remedy = f": {'; '.join(notes)}" if notes else "; log at least one whole epoch"
        raise LogError(f"{name} has no row with an epoch number or a step{remedy}.")
    if _starts_again(epoch, step):
        step = (epoch - epoch.min()) * (step.max() - step.min() + 1) + step
        notes.append("the steps start again in each epoch, so they are counted on")
    metrics = rows.drop(columns=["epoch", "step", "time", *ignored], errors="ignore")
    notes += _left_out(table, metrics, ignored)
    metrics = metrics.replace([np.inf, -np.inf], np.nan).dropna(axis=1, how="all")
    if metrics.empty:
        others = f" ({'; '.join(notes)})" if notes else ""
        raise LogError(f"{name} has no column with numbers besides epoch and step{others}; log at least the loss.")
    epoch_of = _filled_epochs(epoch, step)
    curves, lost, repeated = _placed(metrics, epoch, epoch_of, step)
    if lost:
        notes.append(f"{counted(len(lost), 'row')} without an epoch or a step left out")
    if repeated:
        rows_left_out = counted(len(repeated), "row")
        notes.append(f"{rows_left_out} left out, because the log goes back to the same epoch or step later")
    time = _column(rows, "time")
    whole = (
        epoch[step.isna() & ~rows.index.isin(repeated)].dropna().unique() if curves["epoch"] else []
    )  # also an epoch without a value
    by_epoch = _frame(curves["epoch"], "epoch", time, epoch_of, whole)
    if from_zero and _counts_from_zero(by_epoch):
        by_epoch["epoch"] += 1
    by_step = _frame(curves["step"], "step", time, step)
    return TrainingCurves(name, by_epoch, origin, steps=by_step, notes=tuple(notes))


def _placed(
    metrics: pd.DataFrame, epoch: pd.Series, epoch_of: pd.Series, step: pd.Series
) -> tuple[dict[str, dict[str, pd.Series]], set[int], set[int]]:
    """Return the curves by axis and name, the rows without a place, and those that later ones replace.

    ``epoch`` is what the rows state, ``epoch_of`` also has what follows from their steps.
    """
    curves: dict[str, dict[str, pd.Series]] = {"epoch": {}, "step": {}}
    lost: set[int] = set()
    repeated: set[int] = set()
    axes = pd.DataFrame({"epoch": epoch_of, "step": step})
    # The step at which the epoch of a row ends; unknown where a row does not state its epoch.
    end = step.groupby(epoch).transform("max").to_numpy()
    for raw, named in _named(metrics, has_steps=step.notna().any()).items():
        logged = metrics[raw].notna().to_numpy()
        rows_of = np.flatnonzero(logged)
        places = axes[logged]
        axis = "step" if _is_by_step(named, places, end[logged]) else "epoch"
        values = pd.Series(metrics[raw].to_numpy()[logged], places[axis].to_numpy())
        placed, last = values.index.notna(), ~_is_repeated(values.index.to_numpy())
        lost.update(rows_of[~placed])
        repeated.update(rows_of[placed & ~last])
        curves[axis][named.column] = values[placed & last]
    return curves, lost, repeated


def _is_repeated(places: np.ndarray) -> np.ndarray:
    """Return which values of a curve a later one replaces: it is at the same place, or the log went back before it.

    A training that was resumed, or started again in the same file, does not go on where the earlier one ended; what
    that had beyond is no part of the curve. A log that is only out of order repeats nothing.
    """
    repeated = pd.Index(places).duplicated(keep="last")
    if repeated.any():
        falls = np.flatnonzero(np.diff(places) < 0) + 1
        for fall in falls[:MAX_RESTARTS]:
            repeated[:fall] |= places[:fall] >= places[fall]
    return np.asarray(repeated & ~np.isnan(places))


def _starts_again(epoch: pd.Series, step: pd.Series) -> bool:
    """Return whether the steps are counted within each epoch: they fall whenever the epoch rises, and only then."""
    falls, rises = step.diff() < 0, epoch.diff() > 0
    return bool(falls.any() and (falls == rises).all())


def with_notes(curves: TrainingCurves, *notes: str) -> TrainingCurves:
    """Return the curves with further notes before theirs."""
    return replace(curves, notes=(*notes, *curves.notes))


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series(np.nan, rows.index)


def _left_out(table: Table, metrics: pd.DataFrame, ignored: Collection[str]) -> list[str]:
    """Name the columns and count the values that become no curve."""
    notes = []
    finite = metrics.replace([np.inf, -np.inf], np.nan)
    if infinite := {
        column: int(np.isinf(metrics[column]).sum()) for column in metrics if np.isinf(metrics[column]).any()
    }:
        parts = listed([f"{column} ({count})" for column, count in infinite.items()])
        notes.append(f"infinite values left out: {parts}")
    empty = [column for column in finite if finite[column].isna().all() and column not in infinite]
    notes += left_out([column for column in ignored if column in table.columns], "no metrics")
    return notes + left_out(list(table.words), "text or lists") + left_out(empty, "empty")


def _filled_epochs(epoch: pd.Series, step: pd.Series) -> pd.Series:
    """Return the epochs; a row that has only a step gets the first epoch that ends at this step or later.

    Lightning logs the learning rate on rows of its own, without an epoch.
    """
    open_rows = epoch.isna() & step.notna()
    known = pd.DataFrame({"epoch": epoch, "step": step}).dropna().sort_values(["step", "epoch"])
    if not open_rows.any() or known.empty:
        return epoch
    position = np.searchsorted(known["step"].to_numpy(), step[open_rows].to_numpy())
    epochs = np.append(known["epoch"].to_numpy(), np.nan)
    filled = epoch.copy()
    filled[open_rows] = epochs[position]
    return filled


def _is_by_step(named: MetricName, places: pd.DataFrame, end: np.ndarray) -> bool:
    """Return whether the values of a metric belong to steps rather than to whole epochs.

    Args:
        named: The name of the metric.
        places: The ``epoch`` and the ``step`` of each value.
        end: The step at which the epoch of each value ends, NaN if unknown.
    """
    epoch, step = places["epoch"].to_numpy(), places["step"].to_numpy()
    if np.isnan(step).any():
        return False
    if named.by_step or np.isnan(epoch).all():
        return True
    if named.by_epoch:
        return False
    order = np.lexsort((step, epoch))
    several = (np.diff(epoch[order]) == 0) & (np.diff(step[order]) > 0)
    return bool(several.any() or (step < end).any())


def _named(metrics: pd.DataFrame, *, has_steps: bool) -> dict[str, MetricName]:
    """Return the columns with our names; if two would get the same one, the second keeps its own."""
    names = {raw: metric_name(raw) for raw in metrics}
    taken: set[tuple[str, bool]] = set()
    for raw, named in sorted(names.items(), key=lambda item: item[0] != item[1].column):  # those with our names first
        place = (named.column, named.by_step and has_steps)
        if place in taken or named.column in {*AXES, "time"}:
            names[raw] = named._replace(column=raw)
        taken.add(place)
    return names


def _frame(
    curves: dict[str, pd.Series], axis: str, time: pd.Series, places: pd.Series, further: Collection[float] = ()
) -> pd.DataFrame:
    """Return curves side by side, one row per epoch or step and for ``further`` ones, with the latest time at each."""
    frame = pd.DataFrame(curves, dtype=float)
    frame = frame.reindex(frame.index.union(pd.Index(further, dtype=float)).sort_values())
    times = time.groupby(places.to_numpy()).max().reindex(frame.index)
    return frame.assign(time=times.astype(float)).rename_axis(axis).reset_index().astype(float)


def _counts_from_zero(table: pd.DataFrame) -> bool:
    """Return whether the first of the epochs is 0, and not just an evaluation before the training."""
    epochs = table["epoch"]
    if epochs.empty or epochs.iloc[0] != 0 or (epochs % 1 > 0).any():
        return False
    training = table[[column for column in table if column not in {"epoch", "time"} and not column.startswith("val_")]]
    return bool(training.empty or training.iloc[0].notna().any() or training.iloc[1:].isna().all(axis=None))
