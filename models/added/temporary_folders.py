"""Folders in which models are prepared before they are moved among the others."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from configs import paths
from configs.errors import UserError
from data.locks import claimed, exclusive

PREFIX = ".adding-"
"""Of their names; hidden folders are never taken for models."""
LOCK = ".adding.lock"
"""The file that is locked while a folder is made, moved among the models or renamed."""


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder among the models that is never taken for one, and delete it at the end unless it was moved.

    Those that killed processes have left are deleted, too. Raises ``UserError`` if it can't be made.
    """
    home = paths.runs_dir()
    with contextlib.ExitStack() as holding:
        try:
            with exclusive(home / LOCK):  # until it is held, it looks as if it were left behind
                _sweep(home)
                folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
                holding.enter_context(claimed(folder))
        except OSError as error:
            reason = f"cannot be written ({error.strerror}); $SEGDECK_RUNS names another folder"
            raise UserError(f"{home}: {reason}") from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(home: Path) -> None:
    """Delete the folders that no living process holds."""
    for folder in home.glob(f"{PREFIX}*"):
        with claimed(folder) as abandoned:
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)
