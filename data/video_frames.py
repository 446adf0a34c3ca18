"""Decode the frames of an open clip, and turn them upright by its display matrix."""

import struct
from collections.abc import Iterator
from typing import Any, cast

import av
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData
from numpy.typing import NDArray

_IDENTITY = (1, 0, 0, 1)


class Decoding:
    """Decodes the frames of a stream and counts what could not be decoded."""

    def __init__(self) -> None:
        self.decoded = self.damaged = self.resized = 0

    def frames(self, container: Any, stream: Any) -> Iterator[av.VideoFrame]:
        """Yield all frames that can be decoded; damaged packets are passed over."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                self.damaged += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except FFmpegError:
                self.damaged += 1
                continue
            for frame in frames:
                self.decoded += 1
                self.damaged += frame.is_corrupt
                yield frame

    def remarks(self, end: float, seconds: float | None, frames: int) -> list[str]:
        """Return one clause for each way in which the frames differ from the seconds and frames the file claims."""
        found = []
        read = f"{self.decoded} frames could be read, up to {end:.1f} s"
        if seconds is not None and seconds - end > max(1.0, 0.02 * seconds):
            found.append(f"is cut off: {read}, although it says that it has {seconds:.1f} s")
        elif self.damaged or self.decoded < frames:
            found.append(
                f"is damaged: {read}, although it says that it has {frames}" if frames else f"is damaged: {read}"
            )
        if self.resized:
            found.append(f"changes its size: {self.resized} frames were brought to the size of the first")
        return found


def upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the RGB pixels ``(H, W, 3)`` of a frame, turned and mirrored by its display matrix."""
    pixels = frame.to_ndarray(format="rgb24", threads=1)
    a, b, c, d = _matrix(frame)
    if abs(a) + abs(d) < abs(b) + abs(c):  # rows become columns
        pixels, across, down = pixels.swapaxes(0, 1), c, b
    else:
        across, down = a, d
    pixels = pixels[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]
    return np.ascontiguousarray(pixels)


def _matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Return how a stored pixel (p, q), column and row, is shown: at column a*p + c*q and row b*p + d*q."""
    data: Any = frame.side_data.get(cast("str", SideData.DISPLAYMATRIX))  # its stub is wrong
    if data is None:
        return _IDENTITY
    a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
    return (a, b, c, d) if a * d != b * c else _IDENTITY


def time_after(last: int | None, frame: av.VideoFrame, stream: Any) -> int:
    """Return a frame's time; where it is missing or not later than the one before, one after it."""
    if frame.pts is not None and (last is None or frame.pts > last):
        return int(frame.pts)
    if last is None:
        return 0
    step = 1 if frame.pts is not None or not stream.guessed_rate else 1 / (stream.guessed_rate * stream.time_base)
    return last + max(1, round(step))
