"""The end of visits: what a visitor leaves is dropped soon after the page is closed, and memory is given back."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from streamlit import runtime
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.state import SessionState
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token

from models.added import temporary_folders as added
from models.video import temporary_folders as clips
from pages.server.callbacks import finish_callbacks
from pages.shared.content.loaded_models import let_go_unused
from pages.shared.ui import memory, telling
from pages.shared.ui.held_uploads import forget_dropped
from pages.shared.ui.private_files import COOKIE

GRACE = 60
"""Seconds for which a visit is kept after its page was closed, in case the connection was only interrupted."""
PERIOD = 5
"""Seconds between two looks at who has left."""
LARGE = 4 << 20
"""Bytes from which a block of memory is returned to the operating system when it is freed."""
M_MMAP_THRESHOLD = -3
"""The number of this setting in glibc's malloc.h."""
logger = logging.getLogger("segdeck.dashboard")


class Visits:
    """Closes the sessions of visitors who have left; Streamlit does so only when another visitor comes."""

    def __init__(self, server: Runtime) -> None:
        self.server = server
        self.left: dict[str, float] = {}
        """Id of a session whose page is closed to when that was noticed."""

    def look(self, now: float) -> bool:
        """Close the sessions that have ended; return whether there were any."""
        sessions = {info.session.id: info.session for info in self.server._session_mgr.list_sessions()}
        away = [session for session in sessions if not self.server.is_active_session(session)]
        self.left = {session: self.left.get(session, now) for session in away}
        ended = [session for session, since in self.left.items() if now - since >= GRACE]
        for session in ended:
            self.server.close_session(session)
            empty(sessions[session])
            telling.forget(session)
        if len(ended) == len(sessions):
            # What download buttons gave is marked by the first call and dropped by the second. Somebody else's may be
            # on its way, so this waits until nobody is there; else the next two runs of any page do it.
            for _ in range(2):
                self.server.media_file_mgr.remove_orphaned_files()
        return bool(ended)


def empty(session: AppSession) -> None:
    """Take everything out of a closed session: Streamlit's loop holds on to the last one until somebody comes."""
    session._session_state = SessionState()
    session._fragment_storage = MemoryFragmentStorage()


@contextlib.asynccontextmanager
async def keep_watch(_: Any) -> AsyncIterator[None]:
    """Look after the visits while the server runs, and first after what a server that was killed has left."""
    return_large_blocks()
    finish_callbacks()
    await asyncio.to_thread(clean_up_after_killed)
    server = runtime.get_instance()
    task = asyncio.create_task(_watch(Visits(server)))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    for info in server._session_mgr.list_sessions():  # a server that is terminated runs no exit handlers
        empty(info.session)
    gc.collect()


def clean_up_after_killed() -> None:
    """Delete the clips and unfinished models of visits to a server that was killed."""
    clips.sweep()
    added.sweep()


async def _watch(visits: Visits) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        try:
            await asyncio.to_thread(clean_up, anyway=visits.look(time.monotonic()))
        except Exception:
            logger.exception("Visits that have ended could not be closed")


def return_large_blocks() -> None:
    """Have glibc return a large block of memory, such as a picture, as soon as it is freed.

    By itself it learns from each freed block to keep blocks of that size, in pieces that malloc_trim can't return.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").mallopt(M_MMAP_THRESHOLD, LARGE)


def clean_up(*, anyway: bool) -> None:
    """Forget what was dropped or is not used, and return free memory to the operating system; glibc would keep it."""
    if anyway:
        gc.collect()  # sessions refer to themselves
    if any([forget_dropped(), let_go_unused(time.monotonic()), anyway]):
        memory.return_free()


def is_visitor(cookie: str | None) -> bool:
    """Return whether this value of ``COOKIE`` is that of a browser that has a page open now."""
    clients = (info.client for info in runtime.get_instance()._session_mgr.list_active_sessions())
    known = [client.client_context.cookies.get(COOKIE) for client in clients if client.client_context]
    return any(validate_xsrf_token(cookie, other) for other in known)
