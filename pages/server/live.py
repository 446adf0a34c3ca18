"""The route of live video: frames come in on a websocket, one at a time, and label maps go back.

No frame is kept: it is decoded, given to the models, and dropped before the next one is read.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import config, runtime
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string, validate_xsrf_token
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from configs import limits
from configs.errors import UserError
from pages.server.gate import POLICY_VIOLATION, origin_allowed
from pages.server.live_messages import FrameLimits, told
from pages.server.live_turns import Places, Turns
from pages.shared.content import live_permits
from pages.shared.content.live_permits import Permit
from pages.shared.ui.private_files import COOKIE

if TYPE_CHECKING:
    from pages.server.live_visit import Visit

TRY_AGAIN_LATER = 1013
"""The code with which a websocket is closed when all places are taken."""


def route() -> WebSocketRoute:
    """Return the route, below the path that the dashboard is served at."""
    path = make_url_path(config.get_option("server.baseUrlPath"), "live/{token}")
    return WebSocketRoute(
        path, Live(Places(limits.live_visitors()), Turns(limits.live_at_once()), FrameLimits.configured())
    )


@dataclass(frozen=True)
class Live:
    """The ASGI endpoint, with what all visitors share."""

    places: Places
    turns: Turns
    limits: FrameLimits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a websocket that none of our open pages opened, or answer its frames."""
        socket = WebSocket(scope, receive, send)
        permit = live_permits.find(socket.path_params["token"])
        visitor, _ = decode_xsrf_token_string(socket.cookies.get(COOKIE, ""))
        if permit is None or not visitor or not _may_connect(socket, permit):
            await socket.close(POLICY_VIOLATION)
            return
        visit = await asyncio.to_thread(_visit)
        await socket.accept()
        try:
            with self.places.place(visitor):
                await visit(socket, permit, visitor, self.turns, self.limits).serve()
        except UserError as error:
            await socket.send_json({"refused": told(error)})
            await socket.close(TRY_AGAIN_LATER)
        except WebSocketDisconnect:
            pass


def _may_connect(socket: WebSocket, permit: Permit) -> bool:
    """Return whether a page of this server asks, in the browser that has the permit, while its session lives."""
    host = socket.headers.get("host")
    if not is_host_allowed(host) or not origin_allowed(socket.headers.get("origin"), host or ""):
        return False
    same_browser = validate_xsrf_token(permit.cookie, socket.cookies.get(COOKIE))
    return same_browser and runtime.get_instance().is_active_session(permit.session)


def _visit() -> "type[Visit]":
    """Import what runs models, which would delay the start of the server."""
    from pages.server.live_visit import Visit

    return Visit
