"""What ``streamlit_app.py`` gives to ``st.App``."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from pages.server import live, save
from pages.server.gate import Gate
from pages.server.headers import SecurityHeaders
from pages.server.media import MediaGate
from pages.server.uploads import UploadGate
from pages.server.visits import keep_watch

__all__ = ["keep_watch", "middleware", "routes"]


def routes() -> list[BaseRoute]:
    """Return the addresses that are not Streamlit's."""
    return [save.route(), live.route()]


def middleware() -> list[Middleware]:
    """Return what every request passes on its way to Streamlit, the outermost first."""
    return [Middleware(SecurityHeaders), Middleware(Gate), Middleware(MediaGate), Middleware(UploadGate)]
