"""Decoded pictures: decoded once for all at the same time, few of them kept."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from pages.shared.content import pixel_store
from pages.shared.content.pixel_store import PixelStore


@dataclass
class Picture:
    digest: str
    size: int = 1000
    decoded: list[int] = field(default_factory=list)

    def cost(self) -> int:
        return 3 * self.size

    def load(self):
        self.decoded.append(1)
        time.sleep(0.05)
        return np.zeros((1, self.size, 3), np.uint8)


def test_a_picture_is_decoded_once_for_all_at_the_same_time():
    store, picture = PixelStore(), Picture("a")
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(store, [picture] * 8))
    assert len(picture.decoded) == 1
    assert all(one is found[0] for one in found)
    assert not found[0].flags.writeable


def test_the_bytes_that_are_kept_are_bounded(monkeypatch):
    monkeypatch.setattr(pixel_store, "KEPT_BYTES", 7000)
    store, pictures = PixelStore(), [Picture(name) for name in "abc"]
    for picture in pictures:
        store(picture)
    gc.collect()
    assert [store.peek(picture) is not None for picture in pictures] == [False, True, True]
    used = store(pictures[1])
    store(pictures[0])
    store(pictures[2])
    assert store.peek(pictures[1]) is used, "somebody has it still"
    large = Picture("large", 10_000)
    store(large)
    assert store.peek(large) is not None, "the last one is always kept"
    store.clear(large)
    assert store.peek(large) is None


def test_a_picture_that_cannot_be_decoded_blocks_nobody():
    class Broken(Picture):
        def load(self):
            raise ValueError

    store = PixelStore()
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - its own
            store(Broken("a"))
    assert store(Picture("a")).shape == (1, 1000, 3)
