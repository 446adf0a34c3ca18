"""Pictures: uploads, items of datasets and samples, decoded once and prepared for the browser."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import datasets, samples
from data.decode import decode
from data.geometry import halved
from pages.shared.content import dataset_items
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.ui.held_uploads import forgets, hold

DISPLAY_SIDE = 1280
"""Longest side of the pictures and label maps sent to the browser, in pixels."""
THUMBNAIL_SIDE = 224
"""Longest side of a thumbnail: twice its size on the page, for high-resolution screens."""
_KINDS: dict[str, tuple[str, ...]] = {"pet": ("pet", "scene"), "street": ("street", "scene")}
"""Kinds of datasets whose models suit the pictures of a kind: scenes include cats and dogs, cars and people."""


@dataclass(frozen=True)
class Picture:
    """A picture to compare models on.

    Attributes:
        digest: SHA-256 of the file's bytes, or of the pixels of a sample picture.
        name: File name or title.
        origin: Where it comes from, in two or three words.
        kinds: Kinds of datasets that it suits; empty if unknown.
        credit: Author and licence, in a sentence; empty for an upload.
        sample: Name of the sample picture, or None for other pictures.
        item: The dataset item it belongs to, or None for other pictures.
        content: The bytes of an uploaded file; empty for other pictures.
    """

    digest: str
    name: str
    origin: str
    kinds: tuple[str, ...] = ()
    credit: str = ""
    sample: str | None = None
    item: DatasetItem | None = None
    content: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Count an upload until it is dropped."""
        if self.content:
            hold(self, self.digest, len(self.content))

    def pixels(self) -> NDArray[np.uint8]:
        """Return the upright picture, ``(H, W, 3)`` RGB, read-only.

        Raises:
            ImageError: If an upload cannot be decoded; the message names it.
            UserError: If the dataset item no longer exists; the message says why.
        """
        return _pixels(self)

    def load(self) -> NDArray[np.uint8]:
        """Decode the picture, bypassing the cache; returns and raises as ``pixels`` does."""
        if self.sample is not None:
            return samples.get(self.sample).load()
        return self.item.sample().image if self.item else decode(self.content, self.name)


@dataclass(frozen=True)
class Display:
    """A picture as it is sent to the browser.

    Attributes:
        size: Height and width of the original, upright.
        shown: Height and width of the JPEG.
        jpeg: The JPEG as a ``data:`` URL.
    """

    size: tuple[int, int]
    shown: tuple[int, int]
    jpeg: str


BY_DIGEST: dict[str | type, Callable[[Any], Any]] = {Picture: attrgetter("digest")}
"""Streamlit's caches identify a picture by its digest alone."""


@st.cache_resource(show_spinner=False)
def sample_pictures() -> tuple[Picture, ...]:
    """Return the sample pictures that come with SegDeck."""
    return tuple(
        Picture(
            hashlib.sha256(one.load().tobytes()).hexdigest(),
            one.title,
            "sample picture",
            one.kinds,
            one.credit,
            one.name,
        )
        for one in samples.pictures()
    )


def dataset_picture(item: DatasetItem) -> Picture:
    """Return the picture of a dataset item, not decoded yet. Raises ``UserError`` if the item is missing."""
    dataset = datasets.get(item.dataset)
    split, index = dataset_items.find(item)
    return Picture(
        split.hashes[index],
        item.id,
        f"{dataset.title}, {item.split}",
        _KINDS.get(dataset.kind, (dataset.kind,)) if dataset.kind else (),
        f"{dataset.title}, {dataset.licence}",
        item=item,
    )


# Only a few full-size pictures: 12 megapixels are 36 MB. What is derived from them is small and kept longer.
@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_DIGEST)
def _pixels(picture: Picture) -> NDArray[np.uint8]:
    pixels = picture.load()
    pixels.setflags(write=False)
    return pixels


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_DIGEST)
def _shown(picture: Picture) -> NDArray[np.uint8]:
    return shrink(picture.pixels(), DISPLAY_SIDE)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def display(picture: Picture) -> Display:
    """Return a picture prepared for the browser. Raises as ``Picture.pixels`` does."""
    size, shown = picture.pixels().shape, _shown(picture)
    return Display((size[0], size[1]), (shown.shape[0], shown.shape[1]), jpeg(shown, 88))


@st.cache_data(max_entries=1024, show_spinner=False, hash_funcs=BY_DIGEST)
def thumbnail(picture: Picture) -> str:
    """Return a small version of a picture as a ``data:`` URL. Raises as ``Picture.pixels`` does."""
    # A page full of dataset items must not evict the full-size pictures.
    pixels = picture.load() if picture.item else _shown(picture)
    return jpeg(shrink(pixels, THUMBNAIL_SIDE), 80)


@forgets
def _forget(digest: str) -> None:
    picture = Picture(digest, "", "")
    for cached in (_pixels, _shown, display, thumbnail):
        cached.clear(picture)


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
    """Return RGB pixels, ``(H, W, 3)``, as the ``data:`` URL of a JPEG of a quality from 0 to 100."""
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
