"""Writes and reads checkpoints: everything needed to resume training exactly, in one atomically written file."""

import zipfile
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from configs.files import replacing
from train.run_folder import Progress


def save(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write a checkpoint.

    It holds the weights, the states of the dropout layers' random generators (Keras's own formats leave them out), the
    optimizer with its moments and weight average, and the progress. The position in the data is the epoch, because
    order and augmentation depend only on it and the seed.
    """
    arrays = {f"variable_{index:05d}": np.asarray(value) for index, value in enumerate(_variables(model))}
    arrays["progress"] = np.frombuffer(progress.to_json().encode(), np.uint8)
    with replacing(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]  # numpy's stub takes ** for allow_pickle


def read_progress(path: Path) -> Progress:
    """Return the progress in a checkpoint. Raises ``UserError`` if the file is damaged."""
    arrays = _read(path)
    try:
        return Progress.from_json(arrays["progress"].tobytes().decode())
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def restore(path: Path, model: keras.Model) -> None:
    """Load a checkpoint into a compiled model with a built optimizer.

    Raises ``UserError`` if the file is damaged or belongs to another network or optimizer.
    """
    variables = _variables(model)
    arrays = _read(path)
    values = [arrays[name] for name in sorted(arrays) if name != "progress"]
    if [value.shape for value in values] != [tuple(variable.shape) for variable in variables]:
        raise UserError(f"{path}: is a checkpoint of another network; resume with the config it was started with")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _read(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return dict(arrays)
    except (OSError, EOFError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(f"{path}: is damaged or incomplete ({error}); start a new run in another folder")


def _variables(model: keras.Model) -> list[keras.Variable]:
    """Return the variables of a model, including seed generators, and its optimizer in a fixed order."""
    return [*model.variables, *model.optimizer.variables]
