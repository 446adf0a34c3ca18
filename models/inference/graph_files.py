"""Whether the files of an exported network are still those that were written."""

from pathlib import Path

from configs.files import write_text
from models.runs.model import file_digest

CHECKSUMS = "SHA256SUMS"
"""File beside them with a line ``<SHA-256>  <name>`` for each; ``sha256sum --check`` reads it."""


def record(folder: Path) -> None:
    """Write the checksums of all other files in a folder."""
    lines = [f"{file_digest(file)}  {file.name}\n" for file in sorted(folder.iterdir()) if file.name != CHECKSUMS]
    write_text(folder / CHECKSUMS, "".join(lines))


def intact(folder: Path) -> bool:
    """Return whether a folder has all files that were recorded, unchanged; they are read again only when changed."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        recorded = [line.partition("  ")[::2] for line in lines]
        return bool(recorded) and all(file_digest(folder / name) == digest for digest, name in recorded)
    except (OSError, ValueError):  # ValueError: bytes that are no text, and names that no file can have
        return False
