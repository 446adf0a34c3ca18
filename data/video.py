"""Read clips from untrusted files: upright RGB frames with their presentation times, or one clear error.

Times are those of the file, ``pts * time_base``, which is also what browsers call ``mediaTime``; they need be neither
evenly spaced nor start at 0. What a header claims about the number of frames and the duration is not relied on.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from configs.errors import UserError
from configs.limits import ClipLimits
from data.video_files import NAMES
from data.video_frames import Decoding, time_after, upright

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf"
"""The containers that are read, by FFmpeg's names: none that refers to further files, as a playlist does."""


_ROUNDING = 0.0005
"""Seconds by which a time may have been rounded: containers and tables have milliseconds at least."""


class VideoError(UserError):
    """A file that is not a clip that can be read; the message names it and gives the reason."""


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        index: Its number in the clip, from 0.
        pts: Its presentation time in units of the clip's ``time_base``; greater than that of the frame before.
        image: Upright RGB pixels ``(H, W, 3)``.
    """

    index: int
    pts: int
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Clip:
    """What is known about a clip before its frames are decoded.

    Attributes:
        path: The file.
        size: Height and width of its frames, upright.
        time_base: The unit of ``Frame.pts`` in seconds.
        frames: How many frames it seems to have: for progress only.
        seconds: How long it seems to be.
        audio: Whether it has sound, which is not read.
    """

    path: Path
    size: tuple[int, int]
    time_base: Fraction
    frames: int
    seconds: float
    audio: bool


def inspect(path: Path, limits: ClipLimits) -> Clip:
    """Look at a clip and decode its first frame.

    Raises:
        VideoError: If the file can't be read, has no video or no frame, or exceeds a limit.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise VideoError(f"{path}: cannot be read ({error.strerror}); give the path of a clip") from error
    if size > limits.bytes:
        raise VideoError(f"{path}: has {size:,} bytes; a clip may have at most {limits.bytes:,} (SEGDECK_CLIP_MB)")
    with _opened(path, limits) as container:
        stream = container.streams.video[0]
        time_base, audio = stream.time_base, bool(container.streams.audio)
        frames, seconds = stream.frames, _seconds(container, stream)
        if not frames or seconds is None:
            frames, seconds = _count(container, stream)
    _check_length(path, frames, seconds, limits)
    first = next(iter(Reader(path, limits)), None)
    if first is None:
        raise VideoError(f"{path}: has no frame that can be decoded; give a clip with at least one")
    height, width = first.image.shape[:2]
    return Clip(path, (height, width), time_base, frames, seconds, audio)


@dataclass
class Reader:
    """Iterates over the frames of a clip; afterwards ``remarks`` says in what way they are not all or not as stored."""

    path: Path
    limits: ClipLimits
    skip: int = 0
    """How many frames at the start are passed over, without being converted."""
    remarks: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in the order of their times. Raises ``VideoError`` if the file has none to begin with."""
        self.remarks.clear()
        with _opened(self.path, self.limits) as container:
            stream = container.streams.video[0]
            claimed, time_base, end = _seconds(container, stream), stream.time_base, 0.0
            size: tuple[int, ...] | None = None
            start = last = None
            decoding = Decoding()
            for index, frame in enumerate(decoding.frames(container, stream)):
                pts = time_after(last, frame, stream)
                start, last = pts if start is None else start, pts
                end = float((pts - start) * time_base)
                if end > self.limits.seconds or index >= self.limits.rate * max(1, self.limits.seconds):
                    self.remarks.append(f"was read up to {end:.1f} s, where it exceeds the limits of a clip")
                    return
                if index < self.skip and size is not None:
                    continue
                image = upright(frame)
                size = size or image.shape[:2]
                if image.shape[:2] != size:
                    decoding.resized += 1
                    image = np.asarray(cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
                if index >= self.skip:
                    yield Frame(index, pts, image)
            self.remarks += decoding.remarks(end, claimed, stream.frames)


def still(path: Path, seconds: float, limits: ClipLimits) -> NDArray[np.uint8]:
    """Return the frame ``(H, W, 3)`` that is shown at a time, upright; the first one if the time is before it.

    Raises ``VideoError`` if the file can't be read, or has no such frame.
    """
    shown = None
    with _opened(path, limits) as container:
        stream = container.streams.video[0]
        with contextlib.suppress(FFmpegError):  # what can't be sought is decoded from its start
            container.seek(int(seconds / stream.time_base), stream=stream)
        for frame in Decoding().frames(container, stream):
            if shown is not None and (frame.time is None or frame.time > seconds + _ROUNDING):
                break
            shown = frame
        if shown is None:
            raise VideoError(f"{path}: has no frame at {seconds:.2f} s that can be decoded")
        return upright(shown)


def _opened(path: Path, limits: ClipLimits) -> Any:
    """Open a container that has video; frames of more than the limit's pixels are refused before memory is taken."""
    try:
        container = av.open(str(path), options={"format_whitelist": FORMATS})
    except (FFmpegError, OSError, ValueError) as error:
        raise VideoError(f"{path}: is not a readable clip ({_reason(error)}); {NAMES} are supported") from None
    with contextlib.ExitStack() as opened:
        opened.enter_context(container)
        _prepare(path, container, limits)
        opened.pop_all()
    return container


def _prepare(path: Path, container: Any, limits: ClipLimits) -> None:
    if not container.streams.video:
        raise VideoError(f"{path}: has no video in it; a clip with pictures was expected")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise VideoError(f"{path}: has video of a kind that cannot be decoded; H.264, HEVC, VP8, VP9 and AV1 can be")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > limits.pixels:
        most = f"a frame may have at most {limits.pixels:,} (SEGDECK_CLIP_MEGAPIXELS)"
        raise VideoError(f"{path}: says that its frames have {width} × {height} pixels; {most}")
    stream.thread_type = "AUTO"
    # FFmpeg rounds the sides up before it compares; the exact limit has been checked above.
    stream.codec_context.options = {"max_pixels": str(2 * limits.pixels)}


def _check_length(path: Path, frames: int, seconds: float, limits: ClipLimits) -> None:
    if seconds > limits.seconds:
        most = f"it may have at most {limits.seconds / 60:g} (SEGDECK_CLIP_MINUTES)"
        raise VideoError(f"{path}: has {seconds / 60:.1f} minutes; {most}")
    if frames > limits.rate * max(1.0, seconds):
        most = f"it may have at most {limits.rate} (SEGDECK_CLIP_FPS)"
        raise VideoError(f"{path}: has {frames / max(1.0, seconds):.0f} frames per second; {most}")


def _seconds(container: Any, stream: Any) -> float | None:
    """Return how long the stream says it is."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base


def _count(container: Any, stream: Any) -> tuple[int, float]:
    """Count the frames without decoding them, and return by how many seconds the first and last lie apart."""
    frames, first, last = 0, None, 0
    with contextlib.suppress(FFmpegError):  # the frames before the damage are decoded later
        for packet in container.demux(stream):
            frames += packet.size > 0
            if packet.pts is not None:
                first = packet.pts if first is None else min(first, packet.pts)
                last = max(last, packet.pts)
    return frames, 0.0 if first is None else float((last - first) * stream.time_base)


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".").lower()
