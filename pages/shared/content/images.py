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
from data.decode import MAX_PIXELS, cost, decode_small
from data.geometry import halved
from pages.shared.content import dataset_items
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.pixel_store import PixelStore
from pages.shared.ui.cache import peekable
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

    def cost(self) -> int:
        """Return how many bytes decoding it takes at most. Raises ``UserError`` if the dataset item is missing."""
        return _SAMPLE_BYTES if self.sample is not None else cost(self._file())

    def load(self) -> NDArray[np.uint8]:
        """Decode the picture, bypassing the cache; returns and raises as ``pixels`` does."""
        return self.load_small(MAX_PIXELS)[0]

    def load_small(self, side: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
        """Decode the picture for display and return its full size, as ``data.decode.decode_small`` does."""
        if self.sample is not None:
            pixels = samples.get(self.sample).load()
            return pixels, (pixels.shape[0], pixels.shape[1])
        return decode_small(self._file(), self.item.id if self.item else self.name, side)

    def _file(self) -> bytes:
        """Return the bytes of the file of an upload or a dataset item."""
        return self.item.file() if self.item else self.content


_SAMPLE_BYTES = 10_000_000
"""What decoding a sample picture takes at most."""


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


_pixels = PixelStore()


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=BY_DIGEST)
def _shown(picture: Picture) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return a picture as it is displayed, and its full height and width."""
    pixels = _pixels.peek(picture)
    small, size = picture.load_small(DISPLAY_SIDE) if pixels is None else (pixels, pixels.shape[:2])
    return shrink(small, DISPLAY_SIDE), (size[0], size[1])


@peekable(st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST), cost=Picture.cost)
def display(picture: Picture) -> Display:
    """Return a picture prepared for the browser. Raises as ``Picture.pixels`` does."""
    shown, size = _shown(picture)
    return Display(size, (shown.shape[0], shown.shape[1]), jpeg(shown, 88))


@peekable(st.cache_data(max_entries=1024, show_spinner=False, hash_funcs=BY_DIGEST), cost=Picture.cost)
def thumbnail(picture: Picture) -> str:
    """Return a small version of a picture as a ``data:`` URL. Raises as ``Picture.pixels`` does."""
    # A page full of dataset items must not evict the pictures that are displayed.
    pixels = picture.load_small(2 * THUMBNAIL_SIDE)[0] if picture.item else _shown(picture)[0]
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
