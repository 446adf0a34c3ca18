"""The ``metrics.json`` of detectron2: JSON lines by iteration, evaluations in per cent."""

import re
from collections.abc import Sequence

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves
from pages.training.logs.table import Table, left_out

_EVALUATION = re.compile(r"(?:.*/)?(?:sem_seg|bbox|segm|panoptic_seg|keypoints)/.+")
_NAMES = {
    "iteration": "step",
    "total_loss": "loss",
    "lr": "learning_rate",
    "validation_loss": "val_loss",
    "total_val_loss": "val_loss",
    "sem_seg/mIoU": "val_miou",
    "sem_seg/pACC": "val_accuracy",
}
_IGNORED = ("eta_seconds", "time", "data_time", "rank_data_time")
"""Seconds of an iteration."""


def recognises(file: LogFile) -> bool:
    """Return whether a table has iterations, and what detectron2 logs beside them."""
    columns = file.columns
    evaluated = any(_EVALUATION.fullmatch(column) for column in columns)
    return "iteration" in columns and ("total_loss" in columns or evaluated)


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the log of one run. Raises ``LogError`` if it has no curves."""
    (file,) = files
    assert file.table is not None
    numbers = file.table.numbers.copy()
    evaluations = [column for column in numbers if _EVALUATION.fullmatch(column)]
    numbers[evaluations] /= 100  # in per cent
    names = _NAMES | {column: f"val_{column}" for column in evaluations if column not in _NAMES}
    ignored = [column for column in _IGNORED if column in numbers]
    notes = (*file.table.notes, *left_out(ignored, "no metrics"))
    table = Table(numbers.drop(columns=ignored).rename(columns=names), file.table.words, notes)
    return [training_curves(name, table, "detectron2")]


FORMAT = Format("detectron2: `metrics.json`", recognises, read)
