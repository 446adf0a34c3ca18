"""What the dashboard may hold for all visitors together, and what a clip may have; read from the environment."""

import os
from dataclasses import dataclass

from configs.errors import UserError

UPLOADS_MB = 1000
CLIP_MB, CLIP_MEGAPIXELS, CLIP_MINUTES, CLIP_FPS = 4000, 9, 120, 120
LIVE_VISITORS = 4
LIVE_FRAME_MB = 16
LIVE_FRAME_MEGAPIXELS = 9
LIVE_AT_ONCE = 1
PREDICTIONS_MB = 2000


@dataclass(frozen=True)
class ClipLimits:
    """The most that a clip may have: bytes, pixels per frame, seconds, and frames per second on average."""

    bytes: int
    pixels: int
    seconds: int
    rate: int


def uploads_bytes() -> int:
    """Return how many bytes of uploads the server may hold: ``$SEGDECK_UPLOADS`` megabytes, else ``UPLOADS_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_UPLOADS", "megabytes", UPLOADS_MB) * 1_000_000


def clips() -> ClipLimits:
    """Return the limits of clips.

    They are ``$SEGDECK_CLIP_MB``, ``$SEGDECK_CLIP_MEGAPIXELS``, ``$SEGDECK_CLIP_MINUTES`` and ``$SEGDECK_CLIP_FPS``,
    or the constants above. Raises ``UserError`` if one of the variables is no positive number.
    """
    return ClipLimits(
        bytes=_setting("SEGDECK_CLIP_MB", "megabytes", CLIP_MB) * 1_000_000,
        pixels=_setting("SEGDECK_CLIP_MEGAPIXELS", "megapixels", CLIP_MEGAPIXELS) * 1_000_000,
        seconds=_setting("SEGDECK_CLIP_MINUTES", "minutes", CLIP_MINUTES) * 60,
        rate=_setting("SEGDECK_CLIP_FPS", "frames per second", CLIP_FPS),
    )


def live_visitors() -> int:
    """Return how many visitors may use live video at once: ``$SEGDECK_LIVE_VISITORS``, else ``LIVE_VISITORS``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_LIVE_VISITORS", "visitors", LIVE_VISITORS)


def live_frame_bytes() -> int:
    """Return how large the file of a frame may be: ``$SEGDECK_LIVE_MB`` megabytes, else ``LIVE_FRAME_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_LIVE_MB", "megabytes", LIVE_FRAME_MB) * 1_000_000


def live_frame_pixels() -> int:
    """Return how many pixels a frame may have: ``$SEGDECK_LIVE_MEGAPIXELS`` millions, else ``LIVE_FRAME_MEGAPIXELS``.

    A frame of a 4K video has 8.3 million. Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_LIVE_MEGAPIXELS", "megapixels", LIVE_FRAME_MEGAPIXELS) * 1_000_000


def live_at_once() -> int:
    """Return how many predictions run at once: ``$SEGDECK_LIVE_AT_ONCE``, else ``LIVE_AT_ONCE``.

    One has all cores, and its time is its own. With several, each model of live video has its share of the cores, and
    a frame's models run side by side. Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_LIVE_AT_ONCE", "predictions", LIVE_AT_ONCE)


def predictions_bytes() -> int:
    """Return how much saved predictions may take: ``$SEGDECK_PREDICTIONS`` megabytes, else ``PREDICTIONS_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _setting("SEGDECK_PREDICTIONS", "megabytes", PREDICTIONS_MB) * 1_000_000


def _setting(variable: str, unit: str, default: int) -> int:
    setting = os.environ.get(variable, "").strip()
    if not setting:
        return default
    if not setting.isascii() or not setting.isdecimal() or int(setting) == 0:
        raise UserError(f"{variable} is {setting!r}; it has to be a number of {unit}, such as {default}")
    return int(setting)
