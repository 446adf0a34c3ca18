"""Decoded pictures: each is decoded once for all who need it at the same time, and the last ones are kept."""

import threading
from collections import OrderedDict
from typing import Protocol
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from pages.shared.ui import memory

KEPT_BYTES = 150_000_000
"""All pictures that are kept together: one of the largest, or four of 12 megapixels."""


class Decodable(Protocol):
    """A picture that is identified by its digest."""

    @property
    def digest(self) -> str:
        """The SHA-256 that identifies it."""

    def cost(self) -> int:
        """Return how many bytes decoding takes at most, with the result."""

    def load(self) -> NDArray[np.uint8]:
        """Decode it."""


class PixelStore:
    """The pixels of pictures, ``(H, W, 3)``, read-only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
        self._used: WeakValueDictionary[str, NDArray[np.uint8]] = WeakValueDictionary()
        self._decoding: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def __call__(self, picture: Decodable) -> NDArray[np.uint8]:
        """Return a picture's pixels, decoded now if nobody has them. Raises as ``picture.load`` does."""
        if (pixels := self.peek(picture)) is not None:
            return pixels
        with memory.share(picture.cost()), self._turn(picture.digest):
            pixels = self.peek(picture)
            if pixels is None:
                pixels = picture.load()
                pixels.setflags(write=False)
                self._keep(picture.digest, pixels)
        return pixels

    def peek(self, picture: Decodable) -> NDArray[np.uint8] | None:
        """Return a picture's pixels if somebody has them."""
        with self._lock:
            pixels = self._used.get(picture.digest)
            if picture.digest in self._kept:
                self._kept.move_to_end(picture.digest)
            return pixels

    def clear(self, picture: Decodable) -> None:
        """Forget a picture."""
        with self._lock:
            self._kept.pop(picture.digest, None)

    def _turn(self, digest: str) -> threading.Lock:
        with self._lock:
            return self._decoding.setdefault(digest, threading.Lock())

    def _keep(self, digest: str, pixels: NDArray[np.uint8]) -> None:
        with self._lock:
            self._used[digest] = self._kept[digest] = pixels
            while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > KEPT_BYTES:
                self._kept.popitem(last=False)
