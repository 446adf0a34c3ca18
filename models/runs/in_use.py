"""One process at a time changes a run or model: whoever trains, evaluates, publishes, renames or removes it holds it.

What is held is the folder itself. The operating system releases it when a process dies, however it dies, so a run can
be resumed at once after a crash. Where the file system has no locks, as some network file systems, the heartbeat in
``status.json`` shows whether the run is being trained.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from configs.errors import UserError
from data.locks import folder_lock
from models.runs.run import Run


@contextlib.contextmanager
def held(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the folder of a model during the block: alone to change it, ``shared`` to score it as it is.

    A folder that does not exist is held by nobody. Raises ``UserError`` if another process holds it.
    """
    with contextlib.ExitStack() as holding:
        try:
            holding.enter_context(folder_lock(folder, shared=shared))
        except BlockingIOError:
            raise UserError(f"{folder}: {_use(folder)}") from None
        except OSError:
            if os.path.isdir(folder) and _is_training(folder):  # noqa: PTH112 - the path may be no valid one
                raise UserError(f"{folder}: {_training(folder)}") from None
        yield


@contextlib.contextmanager
def merging(file: Path) -> Iterator[None]:
    """Keep other processes from adding scores to an ``evaluation.json`` during the block; wait for them.

    Its model may be held, so the folder above is locked instead.
    """
    with contextlib.ExitStack() as holding:
        with contextlib.suppress(OSError):  # the file system has no locks
            file.parent.mkdir(parents=True, exist_ok=True)
            holding.enter_context(folder_lock(file.parent.parent, wait=True))
        yield


def _use(folder: Path) -> str:
    """Return what another process does with a folder that it holds, and what is to be done."""
    try:
        with folder_lock(folder, shared=True):
            return "is being evaluated by another process; wait until that has ended"
    except OSError:
        pass
    if _is_training(folder):
        return _training(folder)
    return "is being changed by another process; wait until that has ended"


def _is_training(folder: Path) -> bool:
    status = Run(folder, published=False).status()
    return status is not None and status.state == "running"


def _training(folder: Path) -> str:
    status = Run(folder, published=False).status()
    how_far = f" ({status.message})" if status and status.message else ""
    return f"is being trained by another process{how_far}; wait until that has ended, or stop it with Ctrl-C there"
