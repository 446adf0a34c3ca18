"""The CSV that TensorBoard offers for download under a chart: one tag of one run."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.metric_names import TRAINING, VALIDATION, metric_name
from pages.training.logs.placement import training_curves
from pages.training.logs.table import Table

_COLUMNS = ("Wall time", "Step", "Value")
_DOWNLOAD = re.compile(r"run-(?P<run>.+?)[-_]tag-(?P<tag>.+)")


def recognises(file: LogFile) -> bool:
    """Return whether a table has just the columns of such a download."""
    return file.columns == set(_COLUMNS)


def run_of(file: LogFile) -> str:
    """Return the run in the name that TensorBoard gives a download; else each file is a run of its own."""
    if not (match := _DOWNLOAD.fullmatch(_stem(file))):
        return file.path
    words = [word for word in re.split(r"[_/]", match["run"]) if word.lower() not in TRAINING | VALIDATION]
    run = "_".join(words).strip(". ") or "TensorBoard"
    return "/".join([*file.folders, run])


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the downloads of one run; the curve is named after the file. Raises ``LogError`` if there is no value."""
    parts: list[pd.DataFrame] = []
    notes: list[str] = []
    for file in files:
        assert file.table is not None
        time, step, value = (file.table.numbers.get(column) for column in _COLUMNS)
        match = _DOWNLOAD.fullmatch(_stem(file))
        part = "val_" if match and VALIDATION.intersection(re.split(r"[_/]", match["run"].lower())) else ""
        tag = part + (match["tag"] if match else _stem(file))
        axis = "epoch" if metric_name(tag).by_epoch else "step"
        parts.append(pd.DataFrame({axis: step, "time": time, tag: value}, dtype=float))
        notes += file.table.notes
    rows = pd.concat(parts, ignore_index=True)
    rows["time"] -= rows["time"].min()
    return [training_curves(name, Table(rows, notes=tuple(notes)), "TensorBoard download")]


def _stem(file: LogFile) -> str:
    """Return the file's name without ending and without the number that browsers add to a second download."""
    return re.sub(r" ?\(\d+\)$", "", PurePosixPath(file.path).stem)


FORMAT = Format("TensorBoard: curves downloaded as CSV", recognises, read, run_of)
