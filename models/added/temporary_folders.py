"""Folders in which models are prepared before they are moved among the others."""

import contextlib
from pathlib import Path

from configs import paths
from data import temporary_folders

PREFIX = ".adding-"
"""Of their names; hidden folders are never taken for models."""
LOCK = ".adding.lock"
"""The file that is locked while a folder is made, moved among the models or renamed."""


def temporary_folder() -> contextlib.AbstractContextManager[Path]:
    """Make a folder among the models that is never taken for one, and delete it at the end unless it was moved.

    Those that killed processes have left are deleted, too. Raises ``UserError`` if it can't be made.
    """
    return temporary_folders.temporary_folder(paths.runs_dir(), PREFIX, LOCK, "SEGDECK_RUNS")


def sweep() -> None:
    """Delete the folders that killed processes have left."""
    temporary_folders.sweep(paths.runs_dir(), PREFIX, LOCK)
