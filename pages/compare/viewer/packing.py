"""How label maps and confidences travel to the browser: deflated, in base64; ``panels/labels.js`` unpacks them."""

import base64

import numpy as np
from numpy.typing import NDArray

from pages.shared.content.predictions import deflate


def pack(plane: NDArray[np.uint8]) -> str:
    """Return the bytes of a plane, deflated, in base64."""
    return in_base64(deflate(plane))


def in_base64(content: bytes) -> str:
    """Return the base64 of bytes."""
    return base64.b64encode(content).decode()
