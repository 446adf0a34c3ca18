"""Who opens the dashboard, as far as that decides what may be done."""

import re

import streamlit as st

from configs import permissions

_THIS_COMPUTER = ("localhost", "127.0.0.1", "[::1]")
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def may_add() -> bool:
    """Return whether this visitor may add models and datasets."""
    return permissions.adding_allowed(visitor_is_local=_is_local())


def _is_local() -> bool:
    """Return whether the browser runs on this computer: it connects from here, to this name, and through no proxy."""
    headers = st.context.headers
    host = re.sub(r":\d+$", "", headers.get("host") or "")
    proxied = any(name in headers for name in _OF_PROXIES)
    return st.context.ip_address is None and host in _THIS_COMPUTER and not proxied
