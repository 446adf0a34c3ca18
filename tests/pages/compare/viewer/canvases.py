"""What the viewer's canvases show in a real browser."""

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator

READ = """canvas => new Promise(done => {
  const next = () => requestAnimationFrame(() => done(canvas.toDataURL('image/png')));
  requestAnimationFrame(next); // earlier requests are drawn in the first of the two frames
})"""


def pixels(canvas: "Locator") -> NDArray[np.uint8]:
    """Return what a panel shows, ``(H, W, 4)``."""
    address = canvas.evaluate(READ)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGBA"))
