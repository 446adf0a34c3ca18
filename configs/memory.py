"""How much memory the dashboard may work in, and how much there is; read when called."""

import contextlib
import os
import sys
from pathlib import Path

from configs.errors import UserError

MEMORY_MB = 1000

MEMINFO = Path("/proc/meminfo")
"""Where Linux tells what memory is free; other systems have no such file."""
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux tells what memory a container may take and takes (version 2 of control groups)."""


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


def available_bytes() -> int:
    """Return in how many bytes further processes fit, in this container if it is one; no bound where nothing tells."""
    free = [sys.maxsize]
    with contextlib.suppress(OSError, ValueError, IndexError):
        free.append(int(MEMINFO.read_text().partition("MemAvailable:")[2].split()[0]) * 1024)
    with contextlib.suppress(OSError, ValueError):  # ValueError: "max", no bound
        free.append(int((CGROUP / "memory.max").read_text()) - int((CGROUP / "memory.current").read_text()))
    return max(0, min(free))
