"""How live visitors share the server: who has a place, and whose turn it is."""

import asyncio
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from configs.errors import UserError

IDLE_SECONDS = 60
"""A page that sends nothing for so long loses its place; it asks for another one with its next frame."""
PAGES_PER_VISITOR = 4
"""Pages that one browser may have live at once; together they have the turns of one visitor."""


class Places:
    """The places of the visitors who are live: a browser has one, however many of its pages are."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._pages: Counter[bytes] = Counter()

    @contextmanager
    def place(self, visitor: bytes) -> Iterator[None]:
        """Hold a place during the block. Raises ``UserError`` if none is free."""
        if visitor not in self._pages and len(self._pages) >= self.most:
            people = "another visitor is" if self.most == 1 else f"{self.most} other visitors are"
            raise UserError(
                f"{people} using live video, and this server bears no more at once; try again when one has left"
            )
        if self._pages[visitor] >= PAGES_PER_VISITOR:
            raise UserError(
                f"this browser has live video on {PAGES_PER_VISITOR} pages already; stop it on one of them first"
            )
        self._pages[visitor] += 1
        try:
            yield
        finally:
            self._pages[visitor] -= 1
            self._pages += Counter()  # drops zeros


class Turns:
    """Turns to run one model on one frame: visitors who wait get them one after the other, whatever each asks for.

    ``at_once`` have a turn at the same time.
    """

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once
        self._next = asyncio.Semaphore(at_once)  # wakes those who wait in their order
        self._visitors: weakref.WeakValueDictionary[bytes, asyncio.Semaphore] = weakref.WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, visitor: bytes) -> AsyncIterator[None]:
        """Wait for a turn and have it during the block; a visitor waits among the others for ``at_once`` at most."""
        own = self._visitors.setdefault(visitor, asyncio.Semaphore(self.at_once))
        async with own, self._next:
            yield
