"""The ``metrics.csv`` of Lightning's ``CSVLogger``: training and validation on rows of their own."""

import re
from collections.abc import Sequence

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves
from pages.training.logs.table import Table


def recognises(file: LogFile) -> bool:
    """Return whether a table counts both epochs and steps, under Lightning's names."""
    return {"epoch", "step"} <= file.columns and not file.is_json


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the log of one run. Raises ``LogError`` if it has no curves."""
    (file,) = files
    assert file.table is not None
    numbers = file.table.numbers
    # LearningRateMonitor names the rate after the optimiser: lr-Adam, or lr-SGD/pg1 with several groups of parameters.
    rates = [column for column in numbers if re.fullmatch(r"lr-[\w-]+(/pg1)?", column) and "momentum" not in column]
    names = {rates[0]: "learning_rate"} if rates else {}
    table = Table(numbers.rename(columns=names), file.table.words, file.table.notes)
    return [training_curves(name, table, "Lightning", ignored=["hp_metric", "created_at"])]


FORMAT = Format("Lightning: `metrics.csv`", recognises, read)
