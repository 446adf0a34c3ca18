"""The ``metrics.csv`` of Lightning's ``CSVLogger``: training and validation on rows of their own."""

from collections.abc import Sequence

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.placement import training_curves


def recognises(file: LogFile) -> bool:
    """Return whether a table counts both epochs and steps, under Lightning's names."""
    return {"epoch", "step"} <= file.columns and not file.is_json


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the log of one run. Raises ``LogError`` if it has no curves."""
    (file,) = files
    assert file.table is not None
    return [training_curves(name, file.table, "Lightning", ignored=["hp_metric"])]


FORMAT = Format("Lightning: `metrics.csv`", recognises, read)
