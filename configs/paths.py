"""Default locations of everything the project reads and writes; each function reads the environment when called."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""Root of the project."""


def usable(name: str) -> bool:
    r"""Return whether a folder's name can be shown, written into an address and listed with others by commas.

    >>> usable("pets unet 2"), usable("a,b"), usable("k\udce9s"), usable("two\nlines")
    (True, False, False, False)
    """
    return name.isprintable() and "," not in name and name == name.strip()


def shown(path: Path) -> str:
    """Return a path as text in which whatever can't be printed is escaped."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(path))


def data_dir() -> Path:
    """Return the folder that holds one folder per dataset: ``$SEGDECK_DATA``, else ``datasets/`` in the project."""
    return Path(os.environ.get("SEGDECK_DATA") or ROOT / "datasets")


def cache_dir() -> Path:
    """Return the folder for everything that can be rebuilt: ``$SEGDECK_CACHE``, else ``.cache/`` in the project."""
    return Path(os.environ.get("SEGDECK_CACHE") or ROOT / ".cache")


def runs_dir() -> Path:
    """Return the folder of the local runs: ``$SEGDECK_RUNS``, else ``runs/`` in the project."""
    return Path(os.environ.get("SEGDECK_RUNS") or ROOT / "runs")


def zoo_dir() -> Path:
    """Return the folder of the published runs."""
    return ROOT / "models" / "zoo"
