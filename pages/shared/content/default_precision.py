"""The precision in which the pages begin with a model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.inference.default_int8 import int8_by_default
from models.runs.model import Model
from models.runs.run import Run


def in_default_precision(models: Mapping[str, Model], names: Sequence[str]) -> list[str]:
    """Replace the name of each run that is used in int8 by default by that of the same run in int8."""
    in_int8 = {model.path: name for name, model in models.items() if model.precision == "int8"}
    return [in_int8[models[name].path] if _begins_in_int8(models[name], in_int8) else name for name in names]


def _begins_in_int8(model: Model, in_int8: Mapping[Path, str]) -> bool:
    return isinstance(model, Run) and model.path in in_int8 and int8_by_default(model)
