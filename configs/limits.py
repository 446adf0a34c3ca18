"""What the dashboard may hold for all visitors together; read from the environment when called."""

import os

from configs.errors import UserError

UPLOADS_MB = 1000


def uploads_bytes() -> int:
    """Return how many bytes of uploads the server may hold: ``$SEGDECK_UPLOADS`` megabytes, else ``UPLOADS_MB``.

    Raises ``UserError`` if the variable is no positive number.
    """
    setting = os.environ.get("SEGDECK_UPLOADS", "").strip()
    if not setting:
        return UPLOADS_MB * 1_000_000
    if not setting.isascii() or not setting.isdecimal() or int(setting) == 0:
        raise UserError(f"SEGDECK_UPLOADS is {setting!r}; it has to be a number of megabytes, such as {UPLOADS_MB}")
    return int(setting) * 1_000_000
