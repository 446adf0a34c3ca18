"""How much memory the dashboard may work in; read from the environment when called."""

import os

from configs.errors import UserError

MEMORY_MB = 1000


def working_bytes() -> int:
    """Return in how many bytes all visitors' pictures are decoded and predicted: ``$SEGDECK_MEMORY`` megabytes.

    Without it, ``MEMORY_MB``. Loaded models, caches and uploads come on top. Raises ``UserError`` if the variable is no
    positive number.
    """
    setting = os.environ.get("SEGDECK_MEMORY", "").strip()
    if not setting:
        return MEMORY_MB * 1_000_000
    if not setting.isascii() or not setting.isdecimal() or int(setting) == 0:
        raise UserError(f"SEGDECK_MEMORY is {setting!r}; it has to be a number of megabytes, such as {MEMORY_MB}")
    return int(setting) * 1_000_000
