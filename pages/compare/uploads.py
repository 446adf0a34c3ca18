"""Which uploaded files become pictures."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from data.decode import ImageError
from pages.shared.content.images import Picture, display, thumbnail

MAX_UPLOADS = 8
"""Uploads kept at once; further ones are refused before they are decoded."""
MAX_UPLOAD_BYTES = 100_000_000
"""All uploads of a visitor together."""


class UploadedFile(Protocol):
    """The part of Streamlit's uploaded file that is used here."""

    name: str
    size: int

    def getvalue(self) -> bytes:
        """Return the file's bytes."""


def add_uploads(files: Sequence[UploadedFile], held: dict[str, Picture]) -> tuple[dict[str, Picture], list[str]]:
    """Add files that are not in ``held`` (digest to picture) as far as the limits allow; nothing is decoded yet.

    Returns:
        All pictures now held, in the order of arrival, and one sentence for every file that was refused.
    """
    kept, problems = dict(held), []
    total = sum(len(picture.content) for picture in held.values())
    for file in files:
        if total + file.size > MAX_UPLOAD_BYTES:
            limit = MAX_UPLOAD_BYTES // 1_000_000
            problems.append(f"{file.name} was skipped: all pictures together may have {limit} MB; remove one first.")
            continue
        content, digest = file.getvalue(), digest_of(file)
        if digest not in kept and len(kept) >= MAX_UPLOADS:
            problems.append(f"{file.name} was skipped: {MAX_UPLOADS} pictures at once are the limit; remove one first.")
        elif digest not in kept:
            kept[digest] = Picture(digest, file.name, "your picture", content=content)
            total += len(content)
    return kept, problems


def digest_of(file: UploadedFile) -> str:
    """Return the SHA-256 of an uploaded file."""
    return hashlib.sha256(file.getvalue()).hexdigest()


def decodable(new: dict[str, Picture]) -> tuple[dict[str, Picture], list[str]]:
    """Decode uploads for the first time; return those that are pictures, and one sentence for every other.

    The first picture, which is shown next, is decoded last, so that its pixels are still cached for the models; its
    JPEG can be made while they predict. The others are decoded only as large as they are displayed.
    """
    problems: dict[str, str] = {}
    for digest, picture in reversed(new.items()):
        try:
            if digest == next(iter(new)):
                picture.pixels()
            else:
                display(picture)
                thumbnail(picture)
        except ImageError as error:
            problems[digest] = f"{error}."
    kept = {digest: picture for digest, picture in new.items() if digest not in problems}
    return kept, [problems[digest] for digest in new if digest in problems]
