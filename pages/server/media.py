"""Pictures and downloads that Streamlit holds are sent to visitors only."""

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.url_util import make_url_path

from pages.server.visits import is_visitor
from pages.shared.ui.private_files import COOKIE


class MediaGate:
    """ASGI middleware that lets only a browser with an open page read what pages show and offer.

    Streamlit gives these files to anybody who has the address, which contains a hash of the file.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 404."""
        prefix = make_url_path(config.get_option("server.baseUrlPath"), "media/")
        is_media = scope["type"] == "http" and scope["path"].startswith(prefix)
        if is_media and not is_visitor(HTTPConnection(scope).cookies.get(COOKIE)):
            await PlainTextResponse("There is no such file.", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
