"""Reading ahead and writing behind in threads, with bounded queues; an error of the thread is raised by its user."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
POLL = 0.1
"""Seconds after which a thread that waits looks whether it is still needed."""

_END = object()


@contextlib.contextmanager
def ahead(items: Iterable[T], size: int) -> Iterator[Iterator[T]]:
    """Yield an iterator over ``items``, of which a thread keeps up to ``size`` ready until the block ends."""
    ready: queue.Queue[object] = queue.Queue(size)
    closed = threading.Event()
    errors: list[BaseException] = []

    def fill() -> None:
        try:
            for item in items:
                if not _put(ready, item, closed):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that reads
            errors.append(error)
        _put(ready, _END, closed)

    def read() -> Iterator[T]:
        while (item := ready.get()) is not _END:
            yield item  # type: ignore[misc]
        if errors:
            raise errors[0]

    thread = threading.Thread(target=fill, name="reading ahead", daemon=True)
    thread.start()
    try:
        yield read()
    finally:
        closed.set()
        thread.join()


class Behind(Generic[T]):
    """Calls a function for one item after another in a thread of its own; up to ``size`` items wait for it."""

    def __init__(self, function: Callable[[T], None], size: int) -> None:
        """Start the thread."""
        self._function = function
        self._waiting: queue.Queue[object] = queue.Queue(size)
        self._closed = threading.Event()
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._work, name="writing behind", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; wait if too many are waiting. Raises what the function raised for an earlier one."""
        if not _put(self._waiting, item, self._closed):
            raise self._errors[0]

    def finish(self) -> None:
        """Wait until every item is done. Raises what the function raised."""
        _put(self._waiting, _END, self._closed)
        while self._thread.is_alive():
            self._thread.join(POLL)  # in parts, so that Ctrl-C is noticed
        if self._errors:
            raise self._errors[0]

    def abandon(self) -> None:
        """Forget the items that are still waiting, and wait for the one that is being worked on."""
        self._closed.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                item = self._waiting.get(timeout=POLL)
            except queue.Empty:
                continue
            if item is _END:
                return
            try:
                self._function(item)  # type: ignore[arg-type]
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that hands over
                self._errors.append(error)
                self._closed.set()


def _put(where: "queue.Queue[object]", item: object, closed: threading.Event) -> bool:
    """Put an item as soon as there is room; return whether that happened before the queue was closed."""
    while not closed.is_set():
        with contextlib.suppress(queue.Full):
            where.put(item, timeout=POLL)
            return True
    return False
