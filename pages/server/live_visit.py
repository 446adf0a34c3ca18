"""One page that sends frames, and the models' answers to them."""

import asyncio
import logging
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import runtime

from configs.errors import UserError
from data import decode
from models.inference.predictor import Predictor
from models.inference.score_maps import decide
from models.runs.model import Model
from pages.server.gate import POLICY_VIOLATION
from pages.server.live_messages import Frame, FrameLimits, check_size, pack, told, unpack
from pages.server.live_turns import Turns
from pages.shared.content.live_permits import Permit
from pages.shared.content.predictions import PREDICTING, predictor
from pages.shared.ui import memory

IDLE_SECONDS = 60
"""A page that sends nothing for so long loses its place; it asks for another one with its next frame."""
NOTICE_SECONDS = 0.5
"""A model that is not ready by then is reported as loading."""
SMALL_PIXELS = 1_000_000
"""Larger frames wait for a share of the memory in which all visitors' pictures are decoded."""
BYTES_PER_PIXEL = 24
"""What decoding a frame and a label map of its size take at most."""
logger = logging.getLogger("segdeck.dashboard")


class Visit:
    """One page that sends frames."""

    def __init__(self, socket: WebSocket, permit: Permit, visitor: bytes, turns: Turns, limits: FrameLimits) -> None:
        self.socket, self.permit, self.visitor, self.turns, self.limits = socket, permit, visitor, turns, limits
        self.loaded: dict[str, tuple[Model, Predictor]] = {}

    async def serve(self) -> None:
        """Answer frames until the page leaves, its session ends, or it sends nothing for ``IDLE_SECONDS``."""
        while True:
            try:
                message = await asyncio.wait_for(self.socket.receive(), IDLE_SECONDS)
            except TimeoutError:
                await self.socket.close()
                return
            if message["type"] == "websocket.disconnect":
                return
            if not runtime.get_instance().is_active_session(self.permit.session):
                await self.socket.close(POLICY_VIOLATION)
                return
            content, message = message.get("bytes") or b"", {}
            await self._answer(content)
            del content

    async def _answer(self, message: bytes) -> None:
        """Answer one message, or say in a sentence what is wrong with it."""
        ident = None
        try:
            frame = unpack(message)
            ident = frame.id
            answer = await self._predictions(frame)
        except UserError as error:
            await self.socket.send_json({"id": ident, "error": told(error)})
        except WebSocketDisconnect:
            raise
        except Exception:
            logger.exception("A frame could not be answered")
            about = "The frame could not be read because of an error in SegDeck. The server's log has the details."
            await self.socket.send_json({"id": ident, "error": about})
        else:
            await self.socket.send_bytes(answer)

    async def _predictions(self, frame: Frame) -> bytes:
        """Run the models on a frame, each in a turn of its own, and return the message with their label maps."""
        start = time.perf_counter()
        pixels = await asyncio.to_thread(decoded, frame.content, self.limits)
        height, width = pixels.shape[:2]
        header: dict[str, Any] = {"id": frame.id, "width": width, "height": height, "models": []}
        header["decoding"] = _milliseconds(time.perf_counter() - start)
        planes = []
        for name in frame.models:
            try:
                model = await self._model(name)
                async with self.turns.turn(self.visitor):
                    labels, seconds = await asyncio.to_thread(label_map, model, pixels, frame.exact)
            except UserError as error:
                header["models"].append({"name": name, "error": told(error)})
                continue
            planes.append(labels)
            size = {"height": labels.shape[0], "width": labels.shape[1]}
            header["models"].append({"name": name, "time": _milliseconds(seconds), "engine": model.engine, **size})
        header["total"] = _milliseconds(time.perf_counter() - start)
        return await asyncio.to_thread(pack, header, planes) if frame.exact else pack(header, planes)

    async def _model(self, name: str) -> Predictor:
        """Return a model that is ready to predict; tell the page if that takes long."""
        if (model := self.permit.models.get(name)) is None:
            raise UserError(f"there is no model {name} here")
        if (held := self.loaded.get(name)) is not None and held[0] is model:
            return held[1]
        loading = asyncio.create_task(asyncio.to_thread(predictor, model))
        try:
            await asyncio.wait_for(asyncio.shield(loading), NOTICE_SECONDS)
        except TimeoutError:
            await self.socket.send_json({"loading": name})
        ready = await loading
        self.loaded = {known: one for known, one in self.loaded.items() if known in self.permit.models}
        self.loaded[name] = (model, ready)
        return ready


def decoded(content: bytes, most: FrameLimits) -> NDArray[np.uint8]:
    """Decode a frame; a large one waits for memory first. Raises ``UserError``."""
    pixels = check_size(content, most)
    with memory.share(pixels * BYTES_PER_PIXEL) if pixels > SMALL_PIXELS else nullcontext():
        return decode.decode(content, "the frame")


def label_map(model: Predictor, pixels: NDArray[np.uint8], exact: bool) -> tuple[NDArray[np.uint8], float]:
    """Return the label map of a frame ``(H, W, 3)`` and the seconds it took, without the wait for other predictions.

    With ``exact`` it is ``(H, W)``, as ``models.predict`` writes it; else as large as the part of the network's input
    that shows the frame.
    """
    with PREDICTING:
        start = time.perf_counter()
        if exact:
            labels = model.predict(pixels).labels
        else:
            scores = model.score_map(pixels)
            small = replace(scores.box, image=(scores.box.height, scores.box.width))
            labels, _ = decide(replace(scores, box=small))  # type: ignore[type-var]
        return labels, time.perf_counter() - start


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 2)
