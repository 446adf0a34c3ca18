import fcntl
import threading
from pathlib import Path

import pytest

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
