"""Write small clips of every kind for the tests."""

import re
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

ONE, UNIT = 1 << 16, 1 << 30

MATRICES = {
    "upright": (1, 0, 0, 1),
    "quarter": (0, 1, -1, 0),
    "half": (-1, 0, 0, -1),
    "three quarters": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "upside down": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transversed": (0, -1, -1, 0),
}
"""a, b, c, d of display matrices: a stored pixel at column p and row q is shown at column ap + cq and row bp + dq."""


def pictures(count: int, height: int = 64, width: int = 96) -> list[np.ndarray]:
    """Return smooth pictures, which lossy codecs change little; all differ, and none is symmetric."""
    rng = np.random.default_rng(7)
    base = cv2.resize(rng.integers(0, 256, (5, 7, 3), np.uint8), (width * 2, height), interpolation=cv2.INTER_CUBIC)
    return [np.ascontiguousarray(base[:, 2 * index % width :][:, :width]) for index in range(count)]


def write(
    path: Path,
    frames: Iterable[np.ndarray],
    times: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 30),
    *,
    codec: str = "libx264",
    exact: bool = False,
    sound: bool = False,
    **options: str,
) -> Path:
    """Write a clip of RGB frames with their times, as H.264; ``exact`` ones come out as they went in."""
    codec = "libx264rgb" if exact else codec
    usual = {
        "libx264": {"crf": "12", "preset": "ultrafast"},
        "libx264rgb": {"qp": "0"},
        "libvpx-vp9": {"cpu-used": "8"},
    }
    with av.open(str(path), "w", options={key: value for key, value in options.items() if key == "movflags"}) as file:
        audio: Any = file.add_stream("aac", rate=8000) if sound else None
        stream: Any = file.add_stream(codec, rate=30, options=usual.get(codec, {}) | options)
        stream.pix_fmt = "rgb24" if exact else "yuv420p"
        stream.codec_context.time_base = time_base
        for index, pixels in enumerate(frames):
            if index == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = index if times is None else times[index], time_base
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if audio is not None:
            noise = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
            noise.sample_rate = 8000
            file.mux(audio.encode(noise))
            file.mux(audio.encode(None))
    return path


def turn(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Give an MP4 file a display matrix."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (ONE * value for value in matrix)
    for header in re.finditer(b"tkhd", path.read_bytes()):
        content[header.start() + 44 : header.start() + 80] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, UNIT)
    path.write_bytes(content)
    return path


def show(pixels: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """Place every pixel where a display matrix says, one by one."""
    a, b, c, d = matrix
    height, width = pixels.shape[:2]
    places = {(a * p + c * q, b * p + d * q): pixels[q, p] for q in range(height) for p in range(width)}
    left, top = (min(place[axis] for place in places) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places) for axis in (0, 1))
    shown = np.empty((bottom - top + 1, right - left + 1, 3), np.uint8)
    for (column, row), colour in places.items():
        shown[row - top, column - left] = colour
    return shown


def read(path: Path) -> tuple[list[np.ndarray], list[Fraction]]:
    """Return the frames as they are stored, and their times in seconds."""
    with av.open(str(path)) as file:
        frames: list[Any] = list(file.decode(video=0))
        stored = ["gray" if frame.format.name == "gray" else "rgb24" for frame in frames]
        pixels = [frame.to_ndarray(format=name) for frame, name in zip(frames, stored, strict=True)]
        return pixels, [frame.pts * frame.time_base for frame in frames]
