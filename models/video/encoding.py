"""Writes videos frame by frame, and joins parts of one without encoding them again."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import cv2
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from configs.errors import UserError

Kind = Literal["pictures", "labels"]
"""RGB pictures as H.264, or label maps as FFV1, which is lossless and stores the ids as grey values."""

SUFFIX: dict[Kind, str] = {"pictures": ".mp4", "labels": ".mkv"}
"""The container of each kind."""


_X264 = {"preset": "ultrafast", "x264-params": "subme=1:deblock=1", "bf": "0"}
"""The fastest preset, with sub-pixel motion and deblocking; what that costs is in docs/video_files.md.

Without B-frames, packets are in the order of the frames, which makes parts easy to join.
"""


class Encoder:
    """A part of a video, whose frames are numbered; their times are given when the parts are joined."""

    def __init__(self, path: Path, kind: Kind, size: tuple[int, int], quality: int = 25) -> None:
        """Begin a file of frames of a height and width, which are even for pictures."""
        self._kind = kind
        self._container = av.open(str(path), "w")
        options = {"crf": str(quality), **_X264} if kind == "pictures" else {"level": "3"}
        codec = "libx264" if kind == "pictures" else "ffv1"
        stream: Any = self._container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p" if kind == "pictures" else "gray"
        if kind == "pictures":
            context = stream.codec_context
            context.colorspace, context.color_range = Colorspace.SMPTE170M, ColorRange.MPEG  # as OpenCV converts
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self._stream, self._count = stream, 0

    def add(self, picture: NDArray[np.uint8]) -> None:
        """Append an RGB picture ``(H, W, 3)``, or a label map ``(H, W)``."""
        if self._kind == "pictures":
            # OpenCV takes a tenth of FFmpeg's time for this.
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        else:
            frame = av.VideoFrame.from_ndarray(picture, "gray")
        frame.pts = self._count
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what is still held back, and close the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Close the file without what is held back."""
        self._container.close()


def join(parts: Sequence[Path], times: Sequence[int], time_base: Fraction, target: Path) -> None:
    """Join the packets of several parts and give them their times, which ascend, in units of ``time_base``.

    Raises ``UserError`` if a part has other packets than it should have.
    """
    with av.open(str(target), "w") as output, av.open(str(parts[0])) as first:
        template = first.streams.video[0]
        stream: Any = output.add_stream_from_template(template)
        stream.time_base = time_base
        header, count = template.codec_context.extradata, 0
        for part in parts:
            for packet in _packets(part, header):
                if count == len(times):
                    raise UserError(f"{part}: has more frames than were recorded; start again in another folder")
                step = times[count + 1] - times[count] if count + 1 < len(times) else _last_step(times)
                packet.time_base, packet.pts, packet.dts, packet.duration = time_base, times[count], times[count], step
                packet.stream = stream
                output.mux(packet)
                count += 1
        if count < len(times):
            raise UserError(f"{parts[-1]}: {len(times) - count} frames are missing; start again in another folder")


def _packets(part: Path, header: bytes | None) -> Iterator[Any]:
    with av.open(str(part)) as container:
        stream = container.streams.video[0]
        if stream.codec_context.extradata != header:
            raise UserError(f"{part}: was encoded in another way than the parts before; start again in another folder")
        yield from (packet for packet in container.demux(stream) if packet.size)


def _last_step(times: Sequence[int]) -> int:
    return times[-1] - times[-2] if len(times) > 1 else 1
