"""What a page tells its visitor once: kept until a run of its script has drawn it and come to its end.

Another run may interrupt it at any moment, and what it had drawn is gone then.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from streamlit.runtime.scriptrunner import get_script_run_ctx


@dataclass(eq=False)
class _Message:
    text: str
    drawn: bool = False


_messages: dict[tuple[str, str], _Message] = {}
"""By the id of the session and the topic."""


def tell(topic: str, text: str, session: str = "") -> None:
    """Have the page of a session tell something about a topic, by default that of the visitor whose page is drawn."""
    if session := session or _session():
        _messages[session, topic] = _Message(text)


def pending(topic: str) -> str:
    """Return what is to be told about a topic, which the caller draws; empty if there is nothing."""
    if message := _messages.get((_session(), topic)):
        message.drawn = True
        return message.text
    return ""


def forget(session: str) -> None:
    """Drop what a session that has ended was not told."""
    for key, _ in _of(session):
        _messages.pop(key, None)


@contextlib.contextmanager
def whole_run() -> Iterator[None]:
    """Hold the whole run of a page's script: what it draws counts as told unless an exception ends it."""
    session = _session()
    for _, message in _of(session):
        message.drawn = False
    yield
    for key, message in _of(session):
        if message.drawn and _messages.get(key) is message:  # another upload may just have been refused
            _messages.pop(key, None)


def _of(session: str) -> list[tuple[tuple[str, str], _Message]]:
    return [(key, message) for key, message in list(_messages.items()) if key[0] == session]


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""
