"""The route by which a visitor saves a file of the visit."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from streamlit import config, runtime
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token

from pages.shared.ui import private_files
from pages.shared.ui.private_files import COOKIE, PrivateFile

GONE = "There is no such file. A file is kept for the browser that prepared it, while its page is open."


def route() -> Route:
    """Return the route, below the path that the dashboard is served at."""
    return Route(make_url_path(config.get_option("server.baseUrlPath"), "save/{token}"), save)


async def save(request: Request) -> Response:
    """Send a file in pieces; 404 unless it is the visitor's own, and its page is open."""
    file = private_files.find(request.path_params["token"])
    if file is None or not _may_save(request, file):
        return PlainTextResponse(GONE, 404, {"Cache-Control": "no-store"})
    headers = {
        "Content-Disposition": disposition(file.name),
        "Content-Length": str(file.size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(file.chunks(), media_type=file.media_type, headers=headers)


def _may_save(request: Request, file: PrivateFile) -> bool:
    # Streamlit masks the cookie anew in every response, so that equal ones look different.
    same_browser = validate_xsrf_token(file.cookie, request.cookies.get(COOKIE))
    return same_browser and runtime.get_instance().is_active_session(file.session)


def disposition(name: str) -> str:
    r"""Return the header that names a saved file, in both forms of RFC 6266.

    >>> disposition('my "café".zip')
    'attachment; filename="my _caf__.zip"; filename*=UTF-8\'\'my%20%22caf%C3%A9%22.zip'
    """
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
