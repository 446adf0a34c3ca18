"""The messages of the live route: a frame with a header comes in, label maps with a header go out.

A binary message is the length of the header (32 bits, little endian), the header as JSON, and the rest: the file of a
frame, or the deflated label maps one after the other. ``pages/video/player/messages.js`` is its counterpart.
"""

import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs import limits
from configs.errors import UserError
from pages.shared.ui.layout import sentence

HEADER_BYTES = 10_000
FORMATS = ("JPEG", "PNG")


@dataclass(frozen=True)
class Frame:
    """A frame as it arrives.

    Attributes:
        id: The visitor's number for it.
        models: Names of the models that are asked for, each once.
        exact: Whether label maps of the frame's size are asked for, not of the networks' sizes.
        content: The file.
    """

    id: int
    models: tuple[str, ...]
    exact: bool
    content: bytes


@dataclass(frozen=True)
class FrameLimits:
    """How large a frame may be, in bytes and pixels."""

    bytes: int
    pixels: int

    @classmethod
    def configured(cls) -> "FrameLimits":
        """Return the limits of ``configs.limits``."""
        return cls(limits.live_frame_bytes(), limits.live_frame_pixels())


def unpack(message: bytes) -> Frame:
    """Take a message apart. Raises ``UserError`` if it is none."""
    length = int.from_bytes(message[:4], "little")
    if len(message) < 4 or length > min(HEADER_BYTES, len(message) - 4):
        raise UserError("a message has to be the length of its header, the header and a frame")
    try:
        header = json.loads(message[4 : 4 + length])
        names = tuple(dict.fromkeys(str(name) for name in header["models"]))
        return Frame(int(header["id"]), names, bool(header.get("exact")), message[4 + length :])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError('the header of a frame has to be JSON with an "id" and a list of "models"') from None


def check_size(content: bytes, most: FrameLimits) -> int:
    """Return the number of pixels of a frame, from the head of its file. Raises ``UserError`` if it is too large."""
    if len(content) > most.bytes:
        raise UserError(
            f"the frame has {len(content):,} bytes; it may have at most {most.bytes:,}, so send a smaller one"
        )
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        raise UserError(f"the frame has far more than {most.pixels:,} pixels; send a smaller one") from None
    except Exception:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
        raise UserError("the frame is not a readable JPEG or PNG file") from None
    if height * width > most.pixels:
        raise UserError(
            f"the frame has {width} × {height} pixels; it may have at most {most.pixels:,}, so send a smaller one"
        )
    return height * width


def pack(header: dict[str, Any], planes: Sequence[NDArray[np.uint8]]) -> bytes:
    """Return an answer: ``header``, and the label maps ``(h, w)`` deflated together, in the order of its models."""
    head = json.dumps(header).encode()
    deflate = zlib.compressobj(1)
    body = b"".join([*(deflate.compress(np.ascontiguousarray(plane).data) for plane in planes), deflate.flush()])
    return b"".join([len(head).to_bytes(4, "little"), head, body])


def told(error: UserError) -> str:
    """Return an error as a sentence for the visitor."""
    return f"{sentence(str(error))}."
