"""The line for memory: order, large and small work, visitors who leave."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from pages.shared.ui import memory
from pages.shared.ui.memory import Line, NobodyWaitsError
from tests.pages.conftest import wait_until


class Worker:
    """Work that takes a share when started, and keeps it until it is told to end."""

    def __init__(self, line: Line, size: int) -> None:
        self.has, self.end, self.wanted, self.left = threading.Event(), threading.Event(), True, False
        self.thread = threading.Thread(target=self.work, args=(line, size), daemon=True)
        self.thread.start()

    def work(self, line: Line, size: int) -> None:
        try:
            with line.share(size, lambda: self.wanted):
                self.has.set()
                self.end.wait(60)
        except NobodyWaitsError:
            self.left = True

    def finish(self) -> None:
        self.end.set()
        self.thread.join(60)


def started(line: Line, *sizes: int) -> list[Worker]:
    """Start work in this order, each once the one before stands in line or has its share."""
    workers: list[Worker] = []
    for size in sizes:
        workers.append(Worker(line, size))
        wait_until(lambda: len(line._line) == len(waiting(workers)), 60)
    return workers


def waiting(workers: list[Worker]) -> list[Worker]:
    return [worker for worker in workers if not worker.has.is_set() and not worker.left]


def test_small_work_does_not_overtake_large_work():
    line = Line(100)
    first, large, small = started(line, 60, 80, 10)
    time.sleep(0.3)
    assert not large.has.is_set()
    assert not small.has.is_set(), "it would fit, but came later"
    first.finish()
    assert large.has.wait(60)
    assert small.has.wait(60)
    large.finish()
    small.finish()
    assert line._free == 100


def test_work_larger_than_the_budget_runs_alone():
    line = Line(100)
    small, huge, other = started(line, 1, 5000, 1)
    assert not huge.has.is_set()
    small.finish()
    assert huge.has.wait(60)
    assert not other.has.is_set()
    huge.finish()
    assert other.has.wait(60)
    other.finish()


def test_who_leaves_makes_room_for_those_behind():
    line = Line(100)
    first, gone, last = started(line, 60, 80, 40)
    gone.wanted = False
    assert last.has.wait(60)
    assert gone.left
    first.finish()
    last.finish()
    assert line._free == 100


def test_the_budget_holds_with_many_at_once():
    line, lock = Line(100), threading.Lock()
    used, most = [0], [0]

    def work(size: int) -> None:
        with line.share(size):
            with lock:
                used[0] += size
                most[0] = max(most[0], used[0])
            time.sleep(0.002)
            with lock:
                used[0] -= size

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, [7, 90, 33, 50, 100, 1] * 20))
    assert 50 < most[0] <= 100
    assert line._free == 100


def test_a_failure_gives_the_share_back():
    line = Line(10)
    with pytest.raises(ZeroDivisionError), line.share(10):
        _ = 1 / 0
    with line.share(10):
        assert line._free == 0


def test_a_share_inside_another_is_part_of_it(monkeypatch):
    line = Line(100)
    monkeypatch.setattr(memory, "_line", lambda: line)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(memory.share(80))
        assert line._free == 20
    assert line._free == 100


def test_work_that_nobody_wants_leaves_the_line(monkeypatch):
    line = Line(100)
    monkeypatch.setattr(memory, "_line", lambda: line)

    def work() -> None:
        with memory.share(100):
            pass

    with line.share(1), pytest.raises(NobodyWaitsError):
        memory.run_while(lambda: False, work)
    memory.run_while(lambda: False, work)  # it need not wait
