"""What the dashboard may hold for all visitors together; read from the environment when called."""

import os

from configs.errors import UserError

UPLOADS_MB = 1000
LIVE_VISITORS = 4
LIVE_FRAME_MB = 16
LIVE_FRAME_MEGAPIXELS = 9


def uploads_bytes() -> int:
    """Return how many bytes of uploads the server may hold: ``$SEGDECK_UPLOADS`` megabytes, else ``UPLOADS_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _number("SEGDECK_UPLOADS", UPLOADS_MB, "megabytes") * 1_000_000


def live_visitors() -> int:
    """Return how many visitors may use live video at once: ``$SEGDECK_LIVE_VISITORS``, else ``LIVE_VISITORS``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _number("SEGDECK_LIVE_VISITORS", LIVE_VISITORS, "visitors")


def live_frame_bytes() -> int:
    """Return how large the file of a frame may be: ``$SEGDECK_LIVE_MB`` megabytes, else ``LIVE_FRAME_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    return _number("SEGDECK_LIVE_MB", LIVE_FRAME_MB, "megabytes") * 1_000_000


def live_frame_pixels() -> int:
    """Return how many pixels a frame may have: ``$SEGDECK_LIVE_MEGAPIXELS`` millions, else ``LIVE_FRAME_MEGAPIXELS``.

    A frame of a 4K video has 8.3 million. Raises ``UserError`` if the variable is no positive number.
    """
    return _number("SEGDECK_LIVE_MEGAPIXELS", LIVE_FRAME_MEGAPIXELS, "megapixels") * 1_000_000


def _number(variable: str, default: int, unit: str) -> int:
    setting = os.environ.get(variable, "").strip()
    if not setting:
        return default
    if not setting.isascii() or not setting.isdecimal() or int(setting) == 0:
        raise UserError(f"{variable} is {setting!r}; it has to be a number of {unit}, such as {default}")
    return int(setting)
