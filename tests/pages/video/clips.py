"""Moving pictures for the tests, made by code: each frame has a grey stripe that tells its number."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FRAMES = 30
FPS = 10


def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return a frame, ``(H, W, 3)``: patches of colour that move, and at the top the grey ``8 * number``."""
    patches = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    pixels = cv2.resize(np.roll(patches, number % 12, axis=1), (width, height), interpolation=cv2.INTER_CUBIC)
    pixels[: height // 4] = 8 * number
    return np.asarray(pixels, np.uint8)


def number_of(pixels: NDArray[Any]) -> int:
    """Return which frame this is."""
    height, width = pixels.shape[:2]
    return round(float(pixels[height // 16 : height // 8, width // 4 : -width // 4].mean()) / 8)


def motion_jpeg(path: Path, width: int = 320, height: int = 240) -> Path:
    """Write a clip that Chromium takes for its fake camera."""
    files = (cv2.imencode(".jpg", picture(number, width, height))[1] for number in range(FRAMES))
    path.write_bytes(b"".join(file.tobytes() for file in files))
    return path


def video(path: Path, codec: str, width: int = 320, height: int = 240) -> Path:
    """Write a video of three seconds with OpenCV's codec of this name."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), FPS, (width, height))
    for number in range(FRAMES):
        writer.write(picture(number, width, height))
    writer.release()
    return path
