"""Write files atomically, and hash them."""

import contextlib
import glob
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and move it into place when the block ends without an error.

    The temporary file keeps all suffixes of ``path`` (``.weights.h5``), because several libraries choose the format by
    them. A reader sees either the old file or the new one, even after a kill or a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix, suffix = _affixes(path)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def leftovers(path: Path) -> list[Path]:
    """List the temporary files of ``replacing`` beside ``path``: those of killed processes, unless one is writing."""
    prefix, suffix = _affixes(path)
    return list(path.parent.glob(f"{glob.escape(prefix)}*{glob.escape(suffix)}"))


def _affixes(path: Path) -> tuple[str, str]:
    """Return how the names of temporary files of ``path`` begin and end."""
    suffixes = "".join(path.suffixes)
    return f".{path.name.removesuffix(suffixes)}.", f".part{suffixes}"


def write_text(path: Path, text: str) -> None:
    """Write ``text`` (UTF-8) to ``path`` atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
