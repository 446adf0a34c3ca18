"""Permits to send video frames: the Video page gives one to its visitor, and ``pages/server/live.py`` checks it."""

import secrets
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.ui.private_files import COOKIE

if TYPE_CHECKING:
    from models.runs.model import Model


@dataclass(eq=False)
class Permit:
    """What one page of one browser may send frames to, while its session is connected.

    It ends once nobody refers to it any more: keep it in ``st.session_state``.

    Attributes:
        session: Id of the session.
        cookie: Value of the browser's ``COOKIE``.
        models: The models that may be asked for, by the names that the page shows.
        token: Cannot be guessed; part of the address.
    """

    session: str
    cookie: str
    models: Mapping[str, "Model"] = field(default_factory=dict)
    token: str = field(default_factory=secrets.token_urlsafe, repr=False)

    def __post_init__(self) -> None:
        _given[self.token] = self

    @property
    def address(self) -> str:
        """The address, relative to that of any page."""
        return f"live/{self.token}"


_given: weakref.WeakValueDictionary[str, Permit] = weakref.WeakValueDictionary()


def permit() -> Permit:
    """Give a permit to the visitor whose page is being drawn."""
    context = get_script_run_ctx()
    session = "" if context is None else context.session_id
    return Permit(session, st.context.cookies.get(COOKIE, ""))


def find(token: str) -> Permit | None:
    """Return the permit with this token, if it has not ended."""
    return _given.get(token)
