"""Recognises a full disk: in errors that libraries make of it, and before one writes that would not survive it."""

import errno
import os
import shutil
from pathlib import Path

FULL = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "a file would be larger than is allowed here; raise the limit (ulimit -f)",
}
"""What is wrong and what would be right, by the operating system's error number."""


def reason(error: BaseException) -> str | None:
    """Return why nothing more can be written, and what would be right, or None if the error has another cause.

    HDF5, OpenVINO and TFDS wrap the operating system's error or only quote it.
    """
    link: BaseException | None = error
    for _ in range(20):  # a chain of causes may be a circle
        if link is None:
            return None
        for number, text in FULL.items():
            if (isinstance(link, OSError) and link.errno == number) or os.strerror(number) in str(link):
                return text
        link = link.__cause__ or link.__context__
    return None


def check_space(file: Path, size: int) -> None:
    """Raise ``OSError`` unless ``size`` bytes can be written to ``file``, which is empty afterwards.

    HDF5 ends the whole process where it runs out of space while it closes a file.
    """
    if not hasattr(os, "posix_fallocate"):  # as on macOS
        file.write_bytes(b"")
        if shutil.disk_usage(file.parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        return
    with file.open("wb") as content:
        try:
            os.posix_fallocate(content.fileno(), 0, size)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(file)) from error
        content.truncate(0)
