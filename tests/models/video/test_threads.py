import threading
import time

import pytest

from models.video.threads import Behind, ahead


def alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def test_items_come_in_order():
    with ahead(iter(range(100)), 3) as items:
        assert list(items) == list(range(100))
    assert not alive("reading ahead")


def test_reading_ahead_is_bounded_and_ends_with_its_block():
    taken = []

    def source():
        for number in range(1000):
            taken.append(number)
            yield number

    with ahead(source(), 3) as items:
        assert next(items) == 0
        deadline = time.monotonic() + 5
        while len(taken) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(taken) == 5  # one was read, three are ready, one waits for room
    assert not alive("reading ahead")


def test_an_error_of_the_source_is_raised_after_its_items():
    def source():
        yield 1
        raise ValueError("damaged")

    with ahead(source(), 3) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="damaged"):
            next(items)


def test_writing_behind_does_everything_in_order():
    done: list[int] = []
    behind = Behind(done.append, 2)
    for number in range(50):
        behind.put(number)
    behind.finish()
    assert done == list(range(50))
    assert not alive("writing behind")


def test_an_error_while_writing_is_raised_where_items_are_handed_over():
    def fail(item):
        raise OSError(f"no room for {item}")

    behind = Behind(fail, 1)
    with pytest.raises(OSError, match="no room for 0"):
        for number in range(100):
            behind.put(number)
    with pytest.raises(OSError, match="no room for 0"):
        behind.finish()
    assert not alive("writing behind")


def test_abandoning_forgets_what_waits():
    started, go = threading.Event(), threading.Event()
    done: list[int] = []

    def work(item):
        started.set()
        go.wait(10)
        done.append(item)

    behind = Behind(work, 3)
    for number in range(3):
        behind.put(number)
    started.wait(10)
    threading.Timer(0.1, go.set).start()
    behind.abandon()
    assert done == [0]
    assert not alive("writing behind")
