"""The headers that every response carries, so that a browser lets no other page or server take part."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(streamlit.__file__).with_name("static") / "index.html"
"""The page that Streamlit sends for every address; it has a script of its own."""


class SecurityHeaders:
    """ASGI middleware that adds the headers of ``security_headers`` unless the response has its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers(INDEX.read_text(encoding="utf-8"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def security_headers(index: str) -> dict[str, str]:
    """Return the headers; ``index`` is the HTML whose scripts may run.

    Streamlit loads the scripts of components from ``blob:`` addresses, and sets styles on elements. Everything else
    comes from this server: a picture, a font or a script of another one is refused by the browser.
    """
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {' '.join(inline_scripts(index))}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        # With no-referrer, browsers would send the origin "null" with uploads.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def inline_scripts(index: str) -> list[str]:
    """Return the sources that a policy names for the scripts inside a page.

    >>> inline_scripts("<script>a()</script><script src='b.js'></script>")
    ["'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='"]
    """
    scripts = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
