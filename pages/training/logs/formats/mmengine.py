"""The ``scalars.json`` of mmengine (mmsegmentation 1), and the ``.log.json`` of mmcv before it."""

from collections.abc import Sequence

import pandas as pd

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves, with_notes
from pages.training.logs.table import Table, counted, left_out

_PER_CENT = {"aAcc", "mIoU", "mAcc", "mDice", "mFscore", "mPrecision", "mRecall"}
_AXES = ("epoch", "step", "iter")
_IGNORED = ("time", "data_time", "memory", "eta")
"""Seconds and megabytes of an iteration."""
_ACCURACY = "decode.acc_seg"
"""The accuracy of a training batch, in per cent."""


def recognises(file: LogFile) -> bool:
    """Return whether JSON lines count iterations, beside a step (mmengine) or a mode (mmcv)."""
    columns = file.columns
    return file.is_json and "iter" in columns and ("step" in columns or "mode" in columns)


def run_of(file: LogFile) -> str:
    """Return the folder named after the start of the run, since ``vis_data`` in it has the same log twice."""
    folders = file.folders
    return "/".join(folders[:-1]) or file.path if folders and folders[-1] == "vis_data" else file.path


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the log of one run; of several files, the longest. Raises ``LogError`` if it has no curves."""
    file = max(files, key=lambda file: len(file.content))
    assert file.table is not None
    table = _with_validation_placed(file.table)
    notes = [f"{counted(len(files) - 1, 'shorter or equal copy')} of the log left out"] if len(files) > 1 else []
    return [with_notes(training_curves(name, table, "mmengine"), *notes)]


def _with_validation_placed(table: Table) -> Table:
    """Return the table with each validation where it stands in the file: after the training line before it.

    Its own ``step`` is an epoch, an iteration or 0, depending on the config.
    """
    numbers = table.numbers
    earlier = "mode" in table.words  # mmcv, which logs fractions and names the part of each line
    losses = numbers.filter(regex=r"^loss$|^lr$").notna().any(axis=1)
    training = numbers["iter"].notna() & losses
    if earlier:
        training &= table.words["mode"] == "train"
    step = numbers["step"].where(numbers["step"].notna(), numbers["iter"]) if "step" in numbers else numbers["iter"]
    placed = pd.DataFrame({"step": step.where(training).ffill()})
    if "epoch" in numbers:
        epoch = numbers["epoch"].where(training).ffill()
        # A run by iterations logs epochs as well, always the first one; its validations count something else.
        if earlier or (step == epoch)[~training].all():
            placed["epoch"] = epoch
    for column in numbers:
        if column in _AXES or column in _IGNORED:
            continue
        own = column.rpartition("/")[2]
        per_cent = column == _ACCURACY or column.endswith(".acc_seg") or (own in _PER_CENT and not earlier)
        values = numbers[column] / (100 if per_cent else 1)
        placed["accuracy" if column == _ACCURACY else column] = values.where(training)
        if column != "lr":
            placed[f"val_{column}"] = values.where(~training)
    notes = (*table.notes, *left_out([column for column in _IGNORED if column in numbers], "no metrics"))
    words = table.words.drop(columns="mode", errors="ignore")
    return Table(placed.dropna(axis=1, how="all"), words, notes)


FORMAT = Format("mmengine, mmsegmentation: `vis_data/scalars.json`", recognises, read, run_of)
