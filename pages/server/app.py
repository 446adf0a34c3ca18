"""What ``streamlit_app.py`` gives to ``st.App``."""

from starlette.middleware import Middleware

from pages.server.gate import Gate
from pages.server.headers import SecurityHeaders


def middleware() -> list[Middleware]:
    """Return what every request passes on its way to Streamlit, the outermost first."""
    return [Middleware(SecurityHeaders), Middleware(Gate)]
