"""Safe names for the zip and the files in it."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path

from data.decode import SUFFIXES
from pages.shared.content.images import Picture

LONGEST_NAME = 60
"""Characters of a file name; a character takes up to four bytes, and file systems allow 255."""


def archive_name(picture: Picture) -> str:
    """Return the name of a picture's zip."""
    stem = Path(picture.name).stem if Path(picture.name).suffix.lower() in SUFFIXES else picture.name
    return f"segdeck_{file_name(stem)}.zip"


def file_names(texts: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """Return a file name for each text, unique on every file system and none of those ``taken``."""
    names: list[str] = []
    for text in texts:
        name, number = file_name(text), 1
        while name.casefold() in map(str.casefold, (*names, *taken)):
            number += 1
            name = f"{file_name(text)}_{number}"
        names.append(name)
    return names


def file_name(text: str) -> str:
    """Turn a text into a name that every file system accepts and that cannot point outside its folder.

    >>> file_name("../Möwe, am Meer?.jpg"), file_name("NUL"), file_name("???")
    ('Möwe_am_Meer_.jpg', '_NUL', 'unnamed')
    """
    name = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFKC", text)).strip("._-")[:LONGEST_NAME].rstrip("._-")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE):  # devices on Windows
        return f"_{name}"
    return name or "unnamed"
