"""Temporary folders that are deleted at the end, and those that killed processes have left behind."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from configs.errors import UserError
from data.locks import claimed, exclusive


@contextlib.contextmanager
def temporary_folder(home: Path, prefix: str, lock: str, variable: str) -> Iterator[Path]:
    """Make a folder in ``home``, and delete it at the end unless it was moved.

    Those that killed processes have left are deleted, too.

    Args:
        home: Where the folder is made.
        prefix: Of the names of such folders.
        lock: The file in ``home`` that is locked while a folder is made.
        variable: The environment variable that names another ``home``.

    Raises:
        UserError: If the folder can't be made.
    """
    with contextlib.ExitStack() as holding:
        try:
            with exclusive(home / lock):  # until it is held, it looks as if it were left behind
                _sweep(home, prefix)
                folder = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
                holding.enter_context(claimed(folder))
        except OSError as error:
            reason = f"cannot be written ({error.strerror}); ${variable} names another folder"
            raise UserError(f"{home}: {reason}") from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(home: Path, prefix: str, lock: str) -> None:
    """Delete the folders that killed processes have left; arguments as of ``temporary_folder``.

    Nothing happens where there are none, or ``home`` can't be written to.
    """
    if any(home.glob(f"{prefix}*")):
        with contextlib.suppress(OSError), exclusive(home / lock):
            _sweep(home, prefix)


def _sweep(home: Path, prefix: str) -> None:
    """Delete the folders that no living process holds."""
    for folder in home.glob(f"{prefix}*"):
        with claimed(folder) as abandoned:
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)
