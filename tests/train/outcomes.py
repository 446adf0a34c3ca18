"""What trainings in the tests leave: their weights and curves."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from models.runs.run import Run

SHORT = ["train.small_start=null", "train.epochs=2", "data.limit=4", "data.image_size=[16, 16]"]
"""Overrides for a training of seconds."""
TIMES = ["seconds", "images_per_second"]
"""The columns of a history in which two equal trainings differ."""


def arrays(path: Path) -> dict[str, np.ndarray]:
    """Return every array in a weight file by its path."""
    found: dict[str, np.ndarray] = {}

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(add)
    return found


def assert_same_arrays(one: Path, other: Path) -> None:
    ours, theirs = arrays(one), arrays(other)
    assert ours.keys() == theirs.keys()
    assert ours
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def history(path: Path) -> pd.DataFrame:
    return Run(path, published=False).history()
