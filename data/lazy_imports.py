"""Confine the lazy imports of TFDS to the thread that makes them."""

import builtins
import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etils.epy import lazy_imports_utils

_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def kept_to_this_thread() -> Iterator[None]:
    """Load TFDS, or parts of it, inside the block without affecting imports in other threads.

    For lazy imports TFDS uses etils, which temporarily replaces ``__import__`` for the whole process. A module that
    another thread imports meanwhile would become lazy too, and a relative import would fail: a dashboard page that
    opens its first picture would break the server's responses to the browser.

    Only one thread at a time runs the block, because two that load parts of TFDS at once can deadlock.
    """
    with _ONE_AT_A_TIME:
        here, ordinary, lazy = threading.get_ident(), builtins.__import__, lazy_imports_utils._lazy_import

        def only_here(
            name: str,
            globals_: Mapping[str, object] | None = None,
            locals_: Mapping[str, object] | None = None,
            fromlist: Sequence[str] = (),
            level: int = 0,
            **callbacks: Any,
        ) -> Any:
            if threading.get_ident() == here:
                return lazy(name, globals_, locals_, fromlist, level, **callbacks)
            return ordinary(name, globals_, locals_, fromlist, level)

        lazy_imports_utils._lazy_import = only_here
        try:
            yield
        finally:
            lazy_imports_utils._lazy_import = lazy
