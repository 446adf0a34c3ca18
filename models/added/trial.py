"""Runs a network once on a made-up picture, to see that it runs, how fast, and what its outputs are like."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from models.added.draft import Draft
from models.added.engines import Array, Engine
from models.added.facts import Guess, Layout, Port

DEFAULT_SIZES = ((512, 512), (256, 256), (224, 224), (640, 640), (128, 128))
"""Heights and widths that are tried on a network that takes any; 512 is the commonest in semantic segmentation."""

CHANNELS = 3


@dataclass(frozen=True)
class Trial:
    """A network's outputs for the made-up picture."""

    outputs: list[Array]
    layout: Guess[Layout]
    size: Guess[tuple[int, int]]
    engine: str
    seconds: float


def the_input(draft: Draft) -> Port:
    """Return the network's only input. Raises ``UserError`` if it is no batch of one picture in three colours."""
    name = draft.path.name
    if len(draft.inputs) != 1:
        names = ", ".join(port.name for port in draft.inputs) or "none"
        raise UserError(f"{name} must have one input, a picture; its inputs are: {names}")
    (port,) = draft.inputs
    shape = f"({', '.join('any' if length is None else str(length) for length in port.shape)})"
    if len(port.shape) != 4:
        raise UserError(f"the input of {name} must have four axes, (1, 3, H, W) or (1, H, W, 3), not {shape}")
    if port.shape[0] not in {1, None}:
        raise UserError(f"{name} takes {port.shape[0]} pictures at once; export it for a batch of one, not {shape}")
    if not {port.shape[1], port.shape[3]} & {CHANNELS, None}:
        raise UserError(
            f"{name} takes pictures of shape {shape}; it needs three colour channels, (1, 3, H, W) or (1, H, W, 3)"
        )
    if np.dtype(port.dtype).kind not in "fiu":
        raise UserError(f"the input of {name} is of type {port.dtype}; it must be numbers")
    return port


def input_layout(port: Port, draft: Draft) -> Guess[Layout]:
    """Return where the channels are in the input's shape."""
    first, last = port.shape[1], port.shape[3]
    if (first == CHANNELS) != (last == CHANNELS):
        reason = f"its shape has the three channels {'second' if first == CHANNELS else 'last'}"
        return Guess(value="NCHW" if first == CHANNELS else "NHWC", certain=True, reason=reason)
    if "layout" in draft.hints:
        return draft.hints["layout"]
    usual: Layout = "NHWC" if draft.format == "tflite" or "tf" in draft.producer.lower() else "NCHW"
    return Guess(value=usual, certain=False, reason="its shape does not tell; this is usual for such files")


def candidate_sizes(port: Port, layout: Layout, draft: Draft) -> list[Guess[tuple[int, int]]]:
    """Return the sizes to try, best first; just one if the file fixes it."""
    height, width = port.shape[2:] if layout == "NCHW" else port.shape[1:3]
    if height and width:
        return [Guess(value=(height, width), certain=True, reason="the file fixes it")]
    hinted = [draft.hints["input_size"]] if "input_size" in draft.hints else []
    reason = "the file takes any size, and this one works"
    usual = [Guess(value=(height or h, width or w), certain=False, reason=reason) for h, w in DEFAULT_SIZES]
    return hinted + usual


def run(engine: Engine, draft: Draft) -> Trial:
    """Run ``engine`` on a made-up picture. Raises ``UserError`` if it fails at every size that is tried."""
    port = the_input(draft)
    layout = input_layout(port, draft)
    failure: UserError | None = None
    for size in candidate_sizes(port, layout.value, draft):
        batch = made_up_picture(size.value, layout.value, port)
        start = time.perf_counter()
        try:
            outputs = engine.infer(batch)
        except UserError as error:
            failure = failure or error
            continue
        return Trial(outputs, layout, size, engine.name, time.perf_counter() - start)
    raise failure or UserError(f"{draft.path.name} runs at no size")


def made_up_picture(size: tuple[int, int], layout: Layout, port: Port) -> NDArray[np.float32]:
    """Return the same noise every time, ``(1, h, w, 3)`` or ``(1, 3, h, w)``, for the input ``port``.

    Whole numbers 0..255, or 0..1 for real numbers: whatever the range is to be, it is finite and no constant.
    """
    shape = (1, CHANNELS, *size) if layout == "NCHW" else (1, *size, CHANNELS)
    noise = np.random.default_rng(0).integers(0, 256, shape)
    return noise.astype(np.float32) / np.float32(255 if port.dtype == "float32" and not port.scale else 1)
