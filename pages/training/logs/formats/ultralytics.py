"""The ``results.csv`` of Ultralytics' YOLO models, of today and of YOLOv5."""

import re
from collections.abc import Sequence

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves
from pages.training.logs.table import Table, listed

_RATE = re.compile(r"lr/pg\d+|x/lr\d+")


def recognises(file: LogFile) -> bool:
    """Return whether a table has epochs without steps, and Ultralytics' metrics or learning rates."""
    columns = file.columns
    marks = any(column.startswith("metrics/") or _RATE.fullmatch(column) for column in columns)
    return "epoch" in columns and "step" not in columns and marks


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the log of one run; its loss is the sum of several. Raises ``LogError`` if it has no curves."""
    (file,) = files
    assert file.table is not None
    numbers, notes = file.table.numbers, list(file.table.notes)
    result = numbers.filter(["epoch", "time"])
    used = set(result)
    if "time" in result:  # it starts again when a training is resumed
        result["time"] += result["time"].shift().where(result["time"].diff() < 0).cumsum().ffill().fillna(0)
    for part, loss in [("train/", "loss"), ("val/", "val_loss")]:
        losses = [column for column in numbers if column.startswith(part) and column.endswith("loss")]
        if losses:
            result[loss] = numbers[losses].sum(axis=1, min_count=len(losses))
            used.update(losses)
        if len(losses) > 1:
            notes.append(f"{loss} is the sum of {listed(losses)}")
    rates = sorted(column for column in numbers if _RATE.fullmatch(column))
    if rates:
        result["learning_rate"] = numbers[rates[0]]
        used.update(rate for rate in rates if rate == rates[0] or numbers[rate].equals(numbers[rates[0]]))
    for column in numbers:
        if column.startswith("metrics/"):  # measured on the validation split
            result[f"val_{column.removeprefix('metrics/')}"] = numbers[column]
        elif column not in used:
            result[column] = numbers[column]
    others = [rate for rate in rates if rate not in used]
    table = Table(result, file.table.words, tuple(notes))
    return [training_curves(name, table, "Ultralytics results", ignored=others)]


FORMAT = Format("Ultralytics: `results.csv`", recognises, read)
