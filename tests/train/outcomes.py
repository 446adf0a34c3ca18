"""How trainings in the tests are interrupted, and what they leave: their weights and curves."""

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

INTERRUPTED = """
import os, runpy, signal, sys
from pathlib import Path

file, when, lines, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
del sys.argv[1:5]
replace = Path.replace

def put_in_place(temporary, target):
    here = Path(target).name == file and temporary.read_bytes().count(b"\\n") >= lines
    if here and when == "half written":
        os.truncate(temporary, temporary.stat().st_size // 2)
        signal.raise_signal(number)
    replaced = replace(temporary, target)
    if here:
        signal.raise_signal(number)
    return replaced

Path.replace = put_in_place
runpy.run_module("train", run_name="__main__", alter_sys=True)
"""
"""Trains, and sends itself a signal while it replaces a file by one of at least so many lines."""


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
