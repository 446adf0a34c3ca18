"""File locks between processes and threads."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_joint: set[Path] = set()
"""Lock files that this process holds together with its parent or its children."""


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path`` during the block; wait while another process or thread holds it.

    The operating system releases the lock of a killed process, so there is nothing to clean up. Yields whether nobody
    else holds it: False inside ``jointly`` and after ``join``.
    """
    if path in _joint:
        yield False
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield True


@contextlib.contextmanager
def jointly(*files: Path) -> Iterator[tuple[int, ...]]:
    """Hold lock files during the block together with child processes, which inherit the yielded descriptors.

    They call ``join`` first. If this process is killed, the locks are held until its children have ended.
    """
    with contextlib.ExitStack() as holding:
        descriptors = []
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            opened = holding.enter_context(file.open("w"))
            fcntl.flock(opened, fcntl.LOCK_EX)
            descriptors.append(opened.fileno())
        join(*files)
        try:
            yield tuple(descriptors)
        finally:
            _joint.difference_update(files)


def join(*files: Path) -> None:
    """Let ``exclusive`` of these files enter at once, because the parent holds them for this process, too."""
    _joint.update(files)


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Hold a folder during the block, unless another process or thread does; yield whether it is held.

    A folder that is held by nobody was left behind: the operating system releases those of a killed process. Nothing is
    ever held where the file system has no locks.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(handle)


@contextlib.contextmanager
def folder_lock(folder: Path, *, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Lock a folder during the block: alone, or ``shared`` with others that share it.

    Raises:
        BlockingIOError: If another process or thread holds it and this one is not to ``wait``.
        OSError: Another one, if there is no such folder or the file system has no locks.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
