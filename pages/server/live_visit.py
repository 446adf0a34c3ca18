"""One page that sends frames, and the models' answers to them."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import runtime

from configs.errors import UserError
from data import decode
from models.inference.predictor import Predictor
from models.runs.familiarity import Verdict
from models.runs.model import Model
from pages.server import live_turns
from pages.server.gate import POLICY_VIOLATION
from pages.server.live_messages import Frame, FrameLimits, check_size, pack, told, unpack
from pages.server.live_turns import Turns
from pages.shared.content.live_permits import Permit
from pages.shared.content.loaded_models import predictor
from pages.shared.content.predictions import PREDICTING
from pages.shared.ui import memory

Result = TypeVar("Result")

LOOK_SECONDS = 5
"""How often to look, while no frame comes, whether the page is still there."""
QUIET = 1000
"""The code with which the websocket of a page is closed that sends nothing."""
PATIENCE_SECONDS = 0.5
"""How long a frame waits for a first model to be loaded; it is then answered without masks."""
SMALL_PIXELS = 1_000_000
"""Larger frames wait for a share of the memory in which all visitors' pictures are decoded."""
BYTES_PER_PIXEL = 24
"""What decoding a frame and a label map of its size take at most."""
_WORKING = ThreadPoolExecutor(8, "live")
_LOADING = ThreadPoolExecutor(1, "live loading")
"""Apart, so that models that take minutes to be exported do not hold up the frames of others."""
logger = logging.getLogger("segdeck.dashboard")


class Visit:
    """One page that sends frames."""

    def __init__(self, socket: WebSocket, permit: Permit, visitor: bytes, turns: Turns, limits: FrameLimits) -> None:
        self.socket, self.permit, self.visitor, self.turns, self.limits = socket, permit, visitor, turns, limits
        self.loads: dict[str, tuple[Model, asyncio.Future[Predictor]]] = {}
        self.earlier: dict[str, asyncio.Future[Predictor]] = {}  # what answers while a model is looked up anew
        self.faults: dict[str, str] = {}

    async def serve(self) -> None:
        """Answer frames until the page leaves, its session ends, or it sends nothing for a while."""
        while (message := await self._message()) is not None:
            await self._answer(message)
            del message  # not kept while the next one is awaited

    async def _message(self) -> bytes | None:
        """Wait for a message; None if there will be none."""
        receiving, until = asyncio.ensure_future(self.socket.receive()), time.monotonic() + live_turns.IDLE_SECONDS
        while True:
            done, _ = await asyncio.wait({receiving}, timeout=LOOK_SECONDS)
            if not runtime.get_instance().is_active_session(self.permit.session):
                code = POLICY_VIOLATION
            elif not done and time.monotonic() > until:
                code = QUIET
            elif not done:
                continue
            else:
                message = receiving.result()
                return None if message["type"] == "websocket.disconnect" else message.get("bytes") or b""
            receiving.cancel()
            await self.socket.close(code)
            return None

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
        pixels = await _in_thread(decoded, frame.content, self.limits)
        header: dict[str, Any] = {"id": frame.id, "width": pixels.shape[1], "height": pixels.shape[0]}
        header["decoding"] = _milliseconds(time.perf_counter() - start)
        await self._some_loaded(frame.models)
        entries = await asyncio.gather(*(self._entry(name, pixels, frame.exact) for name in frame.models))
        header["models"] = [entry for entry, _ in entries]
        header["total"] = _milliseconds(time.perf_counter() - start)
        planes = [labels for _, labels in entries if labels is not None]
        return await _in_thread(pack, header, planes) if frame.exact else pack(header, planes)

    async def _entry(
        self, name: str, pixels: NDArray[np.uint8], exact: bool
    ) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
        """Return what the header says of a model, and its label map unless it is being loaded or has failed."""
        if name in self.faults:
            return {"name": name, "error": self.faults[name]}, None
        try:
            loading = self._load(name)
            if not loading.done():
                return {"name": name, "loading": True}, None
            model = loading.result()
            async with self.turns.turn(self.visitor):
                labels, verdict, seconds = await _in_thread(label_map, model, pixels, exact)
        except UserError as error:
            return {"name": name, "error": told(error)}, None
        except Exception:
            logger.exception("%s could not predict a frame", name)
            # Remembered, so that the log does not grow with every frame.
            self.faults[name] = f"{name} failed because of an error in SegDeck. The server's log has the details."
            return {"name": name, "error": self.faults[name]}, None
        entry = {"name": name, "time": _milliseconds(seconds), "engine": model.engine}
        if verdict is not None:
            entry["unlike"] = verdict.unlike
        return {**entry, "height": labels.shape[0], "width": labels.shape[1]}, labels

    def _load(self, name: str) -> "asyncio.Future[Predictor]":
        """Return the work that loads a model, begun with the first frame that asks for it."""
        if (model := self.permit.models.get(name)) is None:
            raise UserError(f"there is no model {name} here")
        held = self.loads.get(name)
        if held is None or held[0] is not model:
            loading = asyncio.get_running_loop().run_in_executor(_LOADING, predictor, model, None, self.turns.at_once)
            loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # the page may have left
            if held is not None and _succeeded(held[1]):
                self.earlier[name] = held[1]
            held = self.loads[name] = model, loading
        if held[1].done():
            self.earlier.pop(name, None)
            return held[1]
        # Every rerun of the page looks its models up anew. What is loaded already must not wait behind the export of
        # another model.
        return self.earlier.get(name, held[1])

    async def _some_loaded(self, names: Sequence[str]) -> None:
        """Wait a little while all models are being loaded, so that the page does not send frames in vain."""
        known = [name for name in names if name in self.permit.models]
        loads = [self._load(name) for name in known]
        if loads and not any(one.done() for one in loads):
            await asyncio.wait(loads, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)


def _succeeded(loading: "asyncio.Future[Predictor]") -> bool:
    return loading.done() and not loading.cancelled() and loading.exception() is None


async def _in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_WORKING, work, *arguments)


def decoded(content: bytes, most: FrameLimits) -> NDArray[np.uint8]:
    """Decode a frame; a large one waits for memory first. Raises ``UserError``."""
    pixels = check_size(content, most)
    with memory.share(pixels * BYTES_PER_PIXEL) if pixels > SMALL_PIXELS else nullcontext():
        return decode.decode(content, "the frame")


def label_map(
    model: Predictor, pixels: NDArray[np.uint8], exact: bool
) -> tuple[NDArray[np.uint8], Verdict | None, float]:
    """Return the label map of a frame ``(H, W, 3)``, the verdict on it, and the seconds they took.

    The wait for other predictions does not count. The verdict is whether the frame is like the training pictures.
    With ``exact`` it is ``(H, W)``, as ``models.predict`` writes it; else as large as the part of the network's input
    that shows the frame.
    """
    with PREDICTING:
        start = time.perf_counter()
        if exact:
            prediction = model.predict(pixels)
            labels, verdict = prediction.labels, prediction.verdict
        else:
            labels, verdict = model.network_labels(pixels)
        return labels, verdict, time.perf_counter() - start


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 2)
