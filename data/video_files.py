"""Which files are clips, told without the library that reads them."""

from pathlib import Path

NAMES = "MP4, MOV, WebM, Matroska, AVI, MPEG, Ogg, FLV and WMV"
"""The containers in words."""

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts"),
    *(".ogv", ".ogg", ".flv", ".wmv", ".asf"),
)
"""File name suffixes, in lower case, of clips."""

_PICTURES = (b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1")
"""Brands of pictures, which otherwise begin like an MP4."""

_SIGNATURES = (
    (4, b"ftyp"),
    (0, b"\x1aE\xdf\xa3"),
    (8, b"AVI LIST"),
    (0, b"OggS"),
    (0, b"FLV\x01"),
    (0, b"\x00\x00\x01\xba"),
    (0, b"0&\xb2u\x8ef\xcf\x11"),
)
"""Where and how the containers begin; MPEG transport streams do so in no way of their own."""


def looks_like_video(path: Path) -> bool:
    """Return whether a file's suffix or its first bytes are those of a clip."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    if start[4:8] == b"ftyp" and start[8:12] in _PICTURES:
        return False
    return path.suffix.lower() in SUFFIXES or any(start[at:].startswith(mark) for at, mark in _SIGNATURES)
