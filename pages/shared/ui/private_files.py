"""Files that one visitor may save or watch while the page is open; ``pages/server/save.py`` serves them.

Streamlit keeps what a download button gives in its media storage, which anybody may read, and longer than the visit.
"""

import secrets
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

CHUNK = 1 << 20
COOKIE = "_streamlit_xsrf"
"""The cookie by which Streamlit tells browsers apart; its random part is the same for all pages of a browser."""


@dataclass(frozen=True, eq=False)
class PrivateFile:
    """A file that is served while the session that made it is connected, to the browser that shows it.

    It is forgotten, and closed, once nobody refers to it any more: keep it in ``st.session_state``.

    Attributes:
        name: The name under which it is saved.
        media_type: What it is.
        file: The content; this object closes it.
        size: Length in bytes.
        session: Id of the session.
        cookie: Value of the browser's ``COOKIE``.
        token: Cannot be guessed; part of the address.
    """

    name: str
    media_type: str
    file: IO[bytes]
    size: int
    session: str
    cookie: str
    token: str = field(default_factory=secrets.token_urlsafe, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        _served[self.token] = self
        weakref.finalize(self, self.file.close)

    @property
    def address(self) -> str:
        """The address, relative to that of any page."""
        return f"save/{self.token}"

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Give the content from byte ``start`` up to ``stop`` piece by piece; several readers may do so at once."""
        position, stop = start, self.size if stop is None else stop
        while position < stop:
            with self._lock:
                self.file.seek(position)
                chunk = self.file.read(min(CHUNK, stop - position))
            if not chunk:
                return
            position += len(chunk)
            yield chunk


_served: weakref.WeakValueDictionary[str, PrivateFile] = weakref.WeakValueDictionary()


def private_file(name: str, media_type: str, file: IO[bytes], size: int) -> PrivateFile:
    """Offer an open file of ``size`` bytes to the visitor whose page is being drawn."""
    context = get_script_run_ctx()
    session = "" if context is None else context.session_id
    return PrivateFile(name, media_type, file, size, session, st.context.cookies.get(COOKIE, ""))


def find(token: str) -> PrivateFile | None:
    """Return the file with this token, if it is still offered."""
    return _served.get(token)
