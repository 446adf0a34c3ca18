"""The memory that all visitors' work shares: who needs some waits in line, first come, first served.

Work that may wait here must not hold a lock that other work needs while it has its share; so a share is taken before
a cache is asked to compute, never inside.
"""

import ctypes
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from configs.memory import working_bytes

Result = TypeVar("Result")

POLL_INTERVAL = 0.2  # seconds between two looks whether a visitor in line is still there
_holding: ContextVar[bool] = ContextVar("_holding", default=False)
_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("_wanted", default=None)


def return_free() -> None:
    """Return memory that is free to the operating system; glibc would keep it."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


class NobodyWaitsError(Exception):
    """The work was still in line when the visitor left or chose something else."""


class Line:
    """A budget of ``total`` bytes and the work that waits for a share of it.

    The first in line is served next, however large, so small work never overtakes it. Work that needs more than there
    is runs alone.
    """

    def __init__(self, total: int) -> None:
        self.total = self._free = total
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def share(self, size: int, wanted: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Wait for ``size`` bytes and hold them during the block.

        Raises ``NobodyWaitsError`` if ``wanted`` becomes false before they are free.
        """
        size, ticket = min(size, self.total), object()
        with self._changed:
            self._line.append(ticket)
            try:
                while self._line[0] is not ticket or size > self._free:
                    self._changed.wait(POLL_INTERVAL)
                    if not wanted():
                        raise NobodyWaitsError
                self._free -= size
            finally:
                self._line.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


@contextmanager
def share(size: int) -> Iterator[None]:
    """Hold ``size`` bytes of the server's memory during the block; inside another share, those are part of it.

    A script whose visitor leaves meanwhile ends here; in a thread of the task runner, ``NobodyWaitsError`` is raised.
    """
    if _holding.get():
        yield
        return
    in_script = get_script_run_ctx(suppress_warning=True) is not None
    token = _holding.set(True)
    try:
        with _line().share(size, _wanted.get() or visitor_is_here()):
            yield
    except NobodyWaitsError:
        if in_script:
            st.stop()
        raise
    finally:
        _holding.reset(token)


def run_while(wanted: Callable[[], bool], work: Callable[[], Result]) -> Result:
    """Do work that leaves the line when ``wanted`` becomes false."""
    token = _wanted.set(wanted)
    try:
        return work()
    finally:
        _wanted.reset(token)


def visitor_is_here() -> Callable[[], bool]:
    """Return what tells, in any thread, whether the visitor whose page is being drawn still has it open."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    return lambda: bool(server.is_active_session(session))


@cache
def _line() -> Line:
    return Line(working_bytes())
