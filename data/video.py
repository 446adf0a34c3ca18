"""Read clips from untrusted files: upright RGB frames with their presentation times, or one clear error.

Times are those of the file, ``pts * time_base``, which is also what browsers call ``mediaTime``; they need be neither
evenly spaced nor start at 0. What a header claims about the number of frames and the duration is not relied on.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData
from numpy.typing import NDArray

from configs.errors import UserError
from configs.limits import ClipLimits

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf"
"""The containers that are read, by FFmpeg's names: none that refers to further files, as a playlist does."""

NAMES = "MP4, MOV, WebM, Matroska, AVI, MPEG, Ogg, FLV and WMV"
"""The containers in words."""

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts"),
    *(".ogv", ".ogg", ".flv", ".wmv", ".asf"),
)
"""File name suffixes, in lower case, of clips."""

_SIGNATURES = (
    (4, b"ftyp"),
    (0, b"\x1aE\xdf\xa3"),
    (8, b"AVI LIST"),
    (0, b"OggS"),
    (0, b"FLV\x01"),
    (0, b"\x00\x00\x01\xba"),
)
_IDENTITY = (1, 0, 0, 1)


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


def looks_like_video(path: Path) -> bool:
    """Return whether a file's suffix or its first bytes are those of a clip."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    return path.suffix.lower() in SUFFIXES or any(start[at:].startswith(mark) for at, mark in _SIGNATURES)


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
            decoding = _Decoding()
            for index, frame in enumerate(decoding.frames(container, stream)):
                pts = _time(frame, last, stream)
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


def upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the RGB pixels ``(H, W, 3)`` of a frame, turned and mirrored by its display matrix."""
    pixels = frame.to_ndarray(format="rgb24")
    a, b, c, d = _matrix(frame)
    if abs(a) + abs(d) < abs(b) + abs(c):  # rows become columns
        pixels, across, down = pixels.swapaxes(0, 1), c, b
    else:
        across, down = a, d
    pixels = pixels[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]
    return np.ascontiguousarray(pixels)


def _matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Return how a stored pixel (p, q), column and row, is shown: at column a*p + c*q and row b*p + d*q."""
    for data in frame.side_data:
        if data.type == SideData.DISPLAYMATRIX:
            a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
            return (a, b, c, d) if a * d != b * c else _IDENTITY
    return _IDENTITY


class _Decoding:
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


def _opened(path: Path, limits: ClipLimits) -> Any:
    """Open a container that has video; frames of more than the limit's pixels are refused before memory is taken."""
    try:
        container = av.open(str(path), options={"format_whitelist": FORMATS, "max_pixels": str(limits.pixels)})
    except (FFmpegError, OSError, ValueError) as error:
        raise VideoError(f"{path}: is not a readable clip ({_reason(error)}); {NAMES} are supported") from None
    try:
        if not container.streams.video:
            raise VideoError(f"{path}: has no video in it; a clip with pictures was expected")
        stream = container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > limits.pixels:
            most = f"a frame may have at most {limits.pixels:,} (SEGDECK_CLIP_MEGAPIXELS)"
            raise VideoError(f"{path}: says that its frames have {width} × {height} pixels; {most}")
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(limits.pixels)}
    except BaseException:
        container.close()
        raise
    return container


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
    times = []
    frames = 0
    try:
        for packet in container.demux(stream):
            frames += packet.size > 0
            if packet.pts is not None:
                times = [min([*times[:1], packet.pts]), max([*times[1:], packet.pts])]
    except FFmpegError:
        pass  # the frames before the damage are decoded later
    return frames, float((times[1] - times[0]) * stream.time_base) if times else 0.0


def _time(frame: av.VideoFrame, last: int | None, stream: Any) -> int:
    """Return a frame's time; where it is missing or not later than the one before, one after it."""
    if frame.pts is not None and (last is None or frame.pts > last):
        return int(frame.pts)
    if last is None:
        return 0
    step = 1 if frame.pts is not None or not stream.guessed_rate else 1 / (stream.guessed_rate * stream.time_base)
    return last + max(1, round(step))


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".").lower()
