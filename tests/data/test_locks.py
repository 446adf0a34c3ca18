import fcntl
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from configs.paths import ROOT
from data import locks


def test_a_second_thread_waits_until_the_first_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system blocks the second thread once it has requested the lock."""
    lock, order, asking = tmp_path / "deep" / "lock", [], threading.Event()
    flock = fcntl.flock

    def observed_flock(file: int, operation: int) -> None:
        if threading.current_thread() is second:
            with pytest.raises(BlockingIOError):
                flock(file, operation | fcntl.LOCK_NB)
            asking.set()
        flock(file, operation)

    def enter_second() -> None:
        with locks.exclusive(lock):
            order.append("second")

    second = threading.Thread(target=enter_second)
    monkeypatch.setattr(fcntl, "flock", observed_flock)
    with locks.exclusive(lock):
        second.start()
        assert asking.wait(60)
        order.append("first")
    second.join(60)
    assert order == ["first", "second"]


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locks.exclusive(tmp_path / "lock"):
            print(1 / 0)


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with locks.claimed(tmp_path) as first, locks.claimed(tmp_path) as second:
        assert (first, second) == (True, False)
    with locks.claimed(tmp_path) as again:
        assert again


def test_what_is_no_folder_is_never_held(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link", "absent"):
        with locks.claimed(tmp_path / name) as held:
            assert not held


def test_a_lock_that_is_held_jointly_is_entered_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "lock"
    with locks.jointly(lock), locks.exclusive(lock) as alone, locks.exclusive(tmp_path / "other") as other:
        assert (alone, other) == (False, True)
    with locks.exclusive(lock) as alone:
        assert alone


def test_a_lock_is_held_jointly_until_the_last_process_has_ended(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import os, signal, subprocess, sys\n"
        "from pathlib import Path\n"
        "from data import locks\n"
        "with locks.jointly(Path(sys.argv[1])) as held:\n"
        "    subprocess.Popen(['cat'], pass_fds=held)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(lock)], cwd=ROOT, stdin=subprocess.PIPE) as parent:
        assert parent.wait() == -signal.SIGKILL
        with lock.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert parent.stdin is not None
        parent.stdin.close()  # which ends the child
        with locks.exclusive(lock) as alone:
            assert alone
