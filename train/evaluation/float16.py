"""Restores the exact weights of a run from its checkpoint, to measure the loss of storing kernels in float16."""

import shutil
from pathlib import Path

import h5py
import numpy as np

from configs.errors import UserError
from configs.files import sha256
from models.runs import calibration
from models.runs.run import Run


def exact_run(run: Run, folder: Path) -> Run:
    """Copy a local run to a new folder, with the exact weights that its stored ones were rounded from.

    Raises ``UserError`` if the checkpoint is missing, or the run's weights are not its rounded weights.
    """
    exact = run.path / "checkpoints" / "best.weights.h5"
    if not exact.is_file():
        raise UserError(f"{exact} is missing, so the loss through float16 can't be measured; train the run again")
    if not _is_rounded(exact, run.weights):
        raise UserError(f"{exact} and {run.weights.name} come from different epochs, so they can't be compared")
    folder.mkdir(parents=True)
    for name in ("config.yaml", "train_images.txt"):
        shutil.copyfile(run.path / name, folder / name)
    copy = Run(folder, published=False)
    shutil.copyfile(exact, copy.weights)
    if found := run.calibration:
        calibration.write(folder, found.model_copy(update={"weights": sha256(exact)}))
    return copy


def _is_rounded(exact: Path, rounded: Path) -> bool:
    """Return whether every weight of ``rounded`` is that of ``exact``, rounded as it is stored."""
    same = True
    with h5py.File(exact) as source, h5py.File(rounded) as target:

        def compare(name: str, item: h5py.Group | h5py.Dataset) -> None:
            nonlocal same
            if isinstance(item, h5py.Dataset):
                original = source.get(name)
                same = same and isinstance(original, h5py.Dataset)
                same = same and np.array_equal(original[()].astype(item.dtype), item[()])

        target.visititems(compare)
    return same
