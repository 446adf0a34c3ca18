"""The ``trainer_state.json`` that Hugging Face's ``Trainer`` writes into each checkpoint."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogError, LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves, with_notes
from pages.training.logs.table import Table, counted, table_of_records

_TIMING = ("_runtime", "_per_second", "_model_preparation_time", "total_flos", "num_input_tokens_seen")


def recognises(file: LogFile) -> bool:
    """Return whether a file has the trainer's list of logged entries."""
    return isinstance(file.document, dict) and isinstance(file.document.get("log_history"), list)


def run_of(file: LogFile) -> str:
    """Return the folder above the checkpoint, since each checkpoint repeats the log up to itself."""
    folders = file.folders
    if folders and re.fullmatch(r"checkpoint-\d+", folders[-1]):
        folders = folders[:-1]
    return "/".join(folders) or file.path


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the state with the longest log. Raises ``LogError`` if it has no curves."""
    logs = [[entry for entry in file.document["log_history"] if isinstance(entry, dict)] for file in files]
    entries = max(logs, key=_last_step)
    if not entries:
        raise LogError(f"{name}: log_history is empty; upload the trainer_state.json of the last checkpoint.")
    notes = [f"{counted(len(files) - 1, 'earlier checkpoint')} left out"] if len(files) > 1 else []
    points = [entry for entry in entries if "train_runtime" not in entry]
    if closing := len(entries) - len(points):
        notes.append(f"{counted(closing, 'closing row')} left out: train_loss and the like are averages of the run")
    table = _with_exact_epochs(table_of_records(points))
    ignored = sorted(column for column in table.columns if column.endswith(_TIMING))
    return [with_notes(training_curves(name, table, "Hugging Face", ignored=ignored, from_zero=False), *notes)]


def _last_step(entries: Sequence[Mapping[str, Any]]) -> float:
    return max((step for entry in entries if isinstance(step := entry.get("step"), int | float)), default=-1)


def _with_exact_epochs(table: Table) -> Table:
    """Return the table with epochs computed from the steps if they are rounded so that two steps have the same.

    Earlier versions round them to two decimals.
    """
    numbers = table.numbers
    if not {"epoch", "step"} <= set(numbers) or numbers[["epoch", "step"]].isna().any(axis=None):
        return table
    if numbers.groupby("epoch")["step"].nunique().max() <= 1 or numbers["step"].max() <= 0:
        return table
    exact = numbers["step"] * (numbers["epoch"].max() / numbers["step"].max())
    notes = (*table.notes, "the log rounds its epochs, so they are computed from the steps")
    return Table(numbers.assign(epoch=exact), table.words, notes)


FORMAT = Format("Hugging Face: `trainer_state.json` of the last checkpoint", recognises, read, run_of)
