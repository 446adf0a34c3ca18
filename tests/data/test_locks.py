import threading
from pathlib import Path

import pytest

from data import locks


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    inside, most, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    def enter() -> None:
        nonlocal inside, most
        with locks.exclusive(tmp_path / "deep" / "lock"):
            with lock:
                inside += 1
                most = max(most, inside)
            pause.wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locks.exclusive(tmp_path / "lock"):
            print(1 / 0)
