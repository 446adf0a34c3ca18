"""Several pictures at a time: a network that uses one core for each is faster over a folder than one that uses all."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTHWHILE = 8
"""Pictures from which on a network is loaded for several at a time: that takes a little longer, and more memory."""
MAX_STREAMS = 4
"""A network computes at most so many pictures at a time, because each takes memory of its own."""
MAX_THREADS = 8


def streams(pictures: int) -> int:
    """Return how many of a number of pictures a network should compute at a time on this computer.

    It is one more than there are cores, which are then never idle while a picture is decoded, resized or written.
    """
    return min(MAX_STREAMS, cores() + 1) if pictures >= WORTHWHILE else 1


def clip_streams() -> int:
    """Return how many frames of a clip a network should compute at a time on this computer.

    There is one for each core and no more, because frames are large, and are decoded and written in other threads.
    """
    return min(MAX_STREAMS, cores())


def threads(pictures: int) -> int:
    """Return how many pictures to work on at a time: while some are computed, others are decoded and written."""
    return min(MAX_THREADS, max(cores(), streams(pictures)) + 1, pictures)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(function: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> Generator[Result]:
    """Call a function for each item in threads, and yield what it returns in the order of the items.

    At most twice as many items as threads are taken ahead. After an error, or when the caller stops early, what has not
    begun is left out.
    """
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(at_once)
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
