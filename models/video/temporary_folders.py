"""Folders of clips that visitors have uploaded, with what comes of them; each lasts as long as the visit."""

import contextlib
from pathlib import Path

from configs import paths
from data import temporary_folders

PREFIX = ".clip-"
"""Of their names."""
LOCK = ".clips.lock"
"""The file that is locked while a folder is made."""


def temporary_folder() -> contextlib.AbstractContextManager[Path]:
    """Make a folder in the cache, and delete it at the end.

    Those that killed servers have left are deleted, too. Raises ``UserError`` if it can't be made.
    """
    return temporary_folders.temporary_folder(paths.cache_dir(), PREFIX, LOCK, "SEGDECK_CACHE")


def sweep() -> None:
    """Delete the folders that killed servers have left."""
    temporary_folders.sweep(paths.cache_dir(), PREFIX, LOCK)
