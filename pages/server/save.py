"""The route by which a visitor saves a file of the visit, or a browser plays parts of it."""

import re
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
    """Send a file, or the range of it that is asked for, in pieces.

    404 unless it is the visitor's own, and its page is open; 416 if the range lies outside.
    """
    file = private_files.find(request.path_params["token"])
    if file is None or not _may_save(request, file):
        return PlainTextResponse(GONE, 404, {"Cache-Control": "no-store"})
    headers = {
        "Content-Disposition": disposition(file.name),
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
    }
    # A range is for a version that the browser has seen (RFC 9110, If-Range); ours have no names.
    header = None if "If-Range" in request.headers else request.headers.get("Range")
    start, stop, status = 0, file.size, 200
    if (wanted := byte_range(header, file.size)) is not None:
        start, stop, status = *wanted, 206
        if start >= stop:
            return Response(
                status_code=416, headers={"Content-Range": f"bytes */{file.size}", "Cache-Control": "no-store"}
            )
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    headers["Content-Length"] = str(stop - start)
    return StreamingResponse(file.chunks(start, stop), status, headers, file.media_type)


def _may_save(request: Request, file: PrivateFile) -> bool:
    # Streamlit masks the cookie anew in every response, so that equal ones look different.
    same_browser = validate_xsrf_token(file.cookie, request.cookies.get(COOKIE))
    return same_browser and runtime.get_instance().is_active_session(file.session)


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte of a range and the one after its last; they are equal if it lies outside of the file.

    None if the whole file is to be sent: without a header, and for what may be ignored (RFC 9110, section 14.2), as
    several ranges at once.

    >>> byte_range("bytes=0-", 10), byte_range("bytes=2-3", 10), byte_range("bytes=-4", 10)
    ((0, 10), (2, 4), (6, 10))
    >>> byte_range("bytes=10-", 10), byte_range("bytes=0-1,4-5", 10)
    ((10, 10), None)
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (header or "").strip(), re.ASCII)
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, stop = int(found[1]), int(found[2]) + 1 if found[2] else size
    if stop <= start and found[2]:
        return None  # it ends before it begins
    start = min(start, size)
    return start, max(start, min(stop, size))


def disposition(name: str) -> str:
    r"""Return the header that names a saved file, in both forms of RFC 6266.

    >>> disposition('my "café".zip')
    'attachment; filename="my _caf__.zip"; filename*=UTF-8\'\'my%20%22caf%C3%A9%22.zip'
    """
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
