"""The pictures a visitor can look at: uploads, datasets' and samples, opened once and prepared for the browser."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import datasets, samples
from data.decode import ImageError, decode
from data.geometry import halved
from pages.shared.content import dataset_items
from pages.shared.content.dataset_items import Place

MAX_UPLOADS = 8
"""Uploads kept at once; further ones are refused before they are decoded."""
MAX_UPLOAD_BYTES = 100_000_000
"""All uploads of a visitor together."""
DISPLAY_SIDE = 1280
"""Longest side of the picture and of the label maps that the browser gets, in pixels."""
THUMBNAIL_SIDE = 224
"""Longest side of a thumbnail: twice its size on the page, for fine screens."""
_KINDS: dict[str, tuple[str, ...]] = {"pet": ("pet", "scene"), "street": ("street", "scene")}
"""Kinds of datasets that pictures of a kind suit besides their own: scenes know cats and dogs, cars and people."""


@dataclass(frozen=True)
class Picture:
    """A picture to compare models on.

    Attributes:
        digest: SHA-256 of the file's bytes, or of the pixels of a sample picture.
        name: File name or title.
        origin: Where it comes from, in two or three words.
        kinds: Kinds of datasets that it suits; empty if nobody knows.
        credit: Whom it is owed to, in a sentence; empty for an upload.
        sample: Name of the sample picture, or None if it is none.
        place: Where it is found in a dataset, or None if it is of none.
        content: The bytes of an upload's file; empty for all others.
    """

    digest: str
    name: str
    origin: str
    kinds: tuple[str, ...] = ()
    credit: str = ""
    sample: str | None = None
    place: Place | None = None
    content: bytes = b""

    def pixels(self) -> NDArray[np.uint8]:
        """Return the upright picture, ``(H, W, 3)`` RGB, read-only.

        Raises:
            ImageError: If an upload is no picture; the message names it.
            UserError: If a dataset's picture is not there any more; the message says why.
        """
        return _pixels(self.digest, self)

    def load(self) -> NDArray[np.uint8]:
        """Decode the picture anew; returns and raises as ``pixels`` does."""
        if self.sample is not None:
            return samples.get(self.sample).load()
        return self.place.sample().image if self.place else decode(self.content, self.name)


@dataclass(frozen=True)
class Display:
    """A picture as the browser gets it.

    Attributes:
        size: Height and width of the original, upright.
        shown: Height and width of the JPEG.
        jpeg: The picture as a ``data:`` address.
    """

    size: tuple[int, int]
    shown: tuple[int, int]
    jpeg: str


class File(Protocol):
    """What an uploaded file offers."""

    name: str
    size: int

    def getvalue(self) -> bytes:
        """Return the file's bytes."""


def take(files: Sequence[File], held: dict[str, Picture]) -> tuple[dict[str, Picture], list[str]]:
    """Take uploaded files among those already held, as far as the limits allow.

    Args:
        files: The new files.
        held: Digest to picture, in the order of arrival; not changed.

    Returns:
        All pictures now held, and one sentence for every file that was refused. A file that is held already is not
        taken twice. Nothing is decoded yet.
    """
    kept, problems = dict(held), []
    total = sum(len(picture.content) for picture in held.values())
    for file in files:
        if total + file.size > MAX_UPLOAD_BYTES:
            limit = MAX_UPLOAD_BYTES // 1_000_000
            problems.append(f"{file.name} was left out: all pictures together may have {limit} MB; remove one first.")
            continue
        content = file.getvalue()
        digest = digest_of(file)
        if digest not in kept and len(kept) >= MAX_UPLOADS:
            problems.append(
                f"{file.name} was left out: {MAX_UPLOADS} pictures at once are the limit; remove one first."
            )
        elif digest not in kept:
            kept[digest] = Picture(digest, file.name, "your picture", content=content)
            total += len(content)
    return kept, problems


def digest_of(file: File) -> str:
    """Return the SHA-256 of an uploaded file."""
    return hashlib.sha256(file.getvalue()).hexdigest()


def openable(new: dict[str, Picture]) -> tuple[dict[str, Picture], list[str]]:
    """Open uploads for the first time; return those that are pictures, and one sentence for every other.

    The first picture is only decoded, and last, so that its pixels are at hand for the models; what the browser gets of
    it can be made while they predict. Of the others it is made here, as their pixels are not kept for long.
    """
    problems: dict[str, str] = {}
    for digest, picture in reversed(new.items()):
        try:
            picture.pixels()
            if digest != next(iter(new)):
                display(picture)
                thumbnail(picture)
        except ImageError as error:
            problems[digest] = f"{error}."
    kept = {digest: picture for digest, picture in new.items() if digest not in problems}
    return kept, [problems[digest] for digest in new if digest in problems]


@st.cache_resource(show_spinner=False)
def sample_pictures() -> tuple[Picture, ...]:
    """Return the sample pictures that SegDeck brings along."""
    return tuple(
        Picture(
            hashlib.sha256(sample.load().tobytes()).hexdigest(),
            sample.title,
            "sample picture",
            sample.kinds,
            sample.credit,
            sample.name,
        )
        for sample in samples.pictures()
    )


def dataset_picture(place: Place) -> Picture:
    """Return a dataset's picture; nothing is decoded yet. Raises ``UserError`` if it is not there."""
    dataset = datasets.get(place.dataset)
    entries, index = dataset_items.find(place)
    return Picture(
        entries.hashes[index],
        place.id,
        f"{dataset.title}, {place.split}",
        _KINDS.get(dataset.kind, (dataset.kind,)),
        f"{dataset.title}, {dataset.licence}",
        place=place,
    )


def display(picture: Picture) -> Display:
    """Return a picture prepared for the browser. Raises as ``Picture.pixels`` does."""
    return _display(picture.digest, picture)


def thumbnail(picture: Picture) -> str:
    """Return a small version of a picture as a ``data:`` address. Raises as ``Picture.pixels`` does."""
    return _thumbnail(picture.digest, picture)


# A few full-size pictures only: 12 megapixels are 36 MB. What is made of them is small and kept longer.
@st.cache_resource(max_entries=3, show_spinner=False)
def _pixels(digest: str, _picture: Picture) -> NDArray[np.uint8]:
    """Decode a picture once for all that is made of it."""
    pixels = _picture.load()
    pixels.setflags(write=False)
    return pixels


@st.cache_resource(max_entries=3, show_spinner=False)
def _shown(digest: str, _picture: Picture) -> NDArray[np.uint8]:
    """Scale a picture down for the browser."""
    return shrink(_picture.pixels(), DISPLAY_SIDE)


@st.cache_data(max_entries=64, show_spinner=False)
def _display(digest: str, _picture: Picture) -> Display:
    """Make the JPEG of a picture."""
    size, shown = _picture.pixels().shape, _shown(digest, _picture)
    return Display((size[0], size[1]), (shown.shape[0], shown.shape[1]), jpeg(shown, 88))


@st.cache_data(max_entries=1024, show_spinner=False)
def _thumbnail(digest: str, _picture: Picture) -> str:
    """Make the thumbnail of a picture; a page full of a dataset's must not push larger ones out of memory."""
    pixels = _picture.load() if _picture.place else _shown(digest, _picture)
    return jpeg(shrink(pixels, THUMBNAIL_SIDE), 80)


def shrink(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale a picture, ``(H, W, 3)``, down to a longest side of ``side`` pixels; a smaller one stays as it is."""
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    scale = side / max(height, width)
    height, width = max(1, round(height * scale)), max(1, round(width * scale))
    pixels = halved(pixels, height, width)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(pixels: NDArray[np.uint8], quality: int) -> str:
    """Return RGB pixels, ``(H, W, 3)``, as the ``data:`` address of a JPEG of a quality from 0 to 100."""
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
