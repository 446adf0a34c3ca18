"""Who may ask: requests for another host, and those that a page of another server makes, are refused."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this computer in addresses."""
POLICY_VIOLATION = 1008
"""The code with which a websocket is closed."""


class Gate:
    """ASGI middleware in front of Streamlit.

    Streamlit checks hosts and origins of its websocket only, and to check a foreign origin it asks a public service
    for this computer's address. Here both are checked for every request, without asking anyone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403, a websocket by closing it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        if not is_host_allowed(host):
            reason = "This server is not reached by this name; --server.allowedHosts adds names."
        elif not origin_allowed(origin, host or ""):
            reason = "Pages of other servers may not use this one; --server.corsAllowedOrigins adds origins."
        else:
            await self.app(_without_foreign_origin(scope, origin, host or ""), receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send)


def origin_allowed(origin: str | None, host: str) -> bool:
    """Return whether a page of ``origin`` may make requests to ``host``; programs other than browsers send no origin.

    A proxy that keeps the ``Host`` header needs no setting.
    """
    return origin is None or _same(origin, host) or _trusted(origin, config.get_option("server.corsAllowedOrigins"))


def _same(origin: str, host: str) -> bool:
    return bool(host) and origin.lower() in {f"http://{host}".lower(), f"https://{host}".lower()}


def _trusted(origin: str, origins: Collection[str]) -> bool:
    """Return whether the settings name the origin, or it is this computer's or that of the server's public name."""
    if origin in {one.strip() for one in origins}:
        return True
    try:
        name = urlsplit(origin).hostname
    except ValueError:
        return False
    return name in LOCAL | {config.get_option("browser.serverAddress")}


def _without_foreign_origin(scope: Scope, origin: str | None, host: str) -> Scope:
    """Hide a foreign origin that was accepted here from Streamlit's websocket, which would ask outside about it."""
    if scope["type"] == "http" or origin is None or _same(origin, host):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"origin"]}
