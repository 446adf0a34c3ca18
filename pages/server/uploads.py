"""The bound on the uploads of all visitors together, kept where they arrive."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime import Runtime
from streamlit.url_util import make_url_path

from configs import limits
from pages.shared.ui import held_uploads, uploader


class UploadGate:
    """ASGI middleware that refuses an upload which would exceed the bound, before it is read, with 507."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.limit = limits.uploads_bytes()
        self.arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        prefix = make_url_path(config.get_option("server.baseUrlPath"), "_stcore/upload_file/")
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(prefix):
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            await PlainTextResponse("The length of the upload is missing.", 411)(scope, receive, send)
            return
        size, server = int(length), runtime.get_instance()
        if stored_bytes(server) + held_uploads.held_bytes() + self.arriving + size > self.limit:
            told = too_much(size, self.limit)
            _tell(server, scope["path"].removeprefix(prefix).partition("/")[0], told)
            await PlainTextResponse(told, 507)(scope, receive, send)
            return
        self.arriving += size
        try:
            await self.app(scope, receive, send)
        finally:
            self.arriving -= size


def stored_bytes(server: Runtime) -> int:
    """Return the size of the uploads that Streamlit holds."""
    stats = server.uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for family in stats.values() for stat in family)  # type: ignore[attr-defined]


def too_much(size: int, limit: int) -> str:
    """Say why a file is refused that would exceed the bound.

    >>> too_much(2_000_000, 1_000_000)
    'This file has 2.0 MB, and the server holds at most 1 MB of uploads.'
    """
    if size > limit:
        return f"This file has {size / 1e6:.1f} MB, and the server holds at most {limit // 1_000_000} MB of uploads."
    return (
        f"The server holds as many uploads as it may ({limit // 1_000_000} MB for all visitors together): remove some "
        "of yours, or try again later."
    )


def _tell(server: Runtime, session: str, told: str) -> None:
    """Have a session's page say why the file did not arrive: its browser shows only that it failed."""
    if info := server._session_mgr.get_active_session_info(session):
        uploader.refuse(session, told)
        info.session.request_rerun(info.session._client_state)  # without it, the first page would be shown
