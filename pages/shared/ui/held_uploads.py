"""Uploads that visitors hold: how many bytes there are, and what is to be forgotten once nobody holds one any more."""

import threading
import weakref
from collections import Counter
from collections.abc import Callable
from queue import SimpleQueue

_held: Counter[str] = Counter()
"""How many objects hold the upload with a digest."""
_bytes = 0
_unheld: set[str] = set()
"""Digests that nobody holds any more, of which caches may still have something."""
_dropped: SimpleQueue[tuple[str, int]] = SimpleQueue()
"""What the garbage collector dropped: it may do so at any moment, in any thread, and must not wait for a lock."""
_lock = threading.Lock()
_forgetters: list[Callable[[str], None]] = []


def hold(owner: object, digest: str, size: int) -> None:
    """Count an upload of ``size`` bytes for as long as ``owner`` exists."""
    global _bytes  # noqa: PLW0603 - the state of this module
    with _lock:
        _held[digest] += 1
        _bytes += size
    weakref.finalize(owner, _dropped.put, (digest, size)).atexit = False


def held_bytes() -> int:
    """Return the size of all uploads that are held."""
    _count_dropped()
    return _bytes


def forgets(function: Callable[[str], None]) -> Callable[[str], None]:
    """Have a function called with the digest of each upload that nobody holds any more; it clears a cache."""
    _forgetters.append(function)
    return function


def forget_dropped() -> bool:
    """Forget what was derived from uploads that nobody holds any more; return whether there were any."""
    _count_dropped()
    with _lock:
        digests = {digest for digest in _unheld if digest not in _held}
        _unheld.clear()
    for digest in digests:
        for forget in _forgetters:
            forget(digest)
    return bool(digests)


def _count_dropped() -> None:
    global _bytes  # noqa: PLW0603
    with _lock:
        while not _dropped.empty():
            digest, size = _dropped.get()
            _bytes -= size
            _held[digest] -= 1
            if not _held[digest]:
                del _held[digest]
                _unheld.add(digest)
