"""Keeps the lazy imports of TFDS to the thread that asks for them."""

import builtins
import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etils.epy import lazy_imports_utils

_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def kept_to_this_thread() -> Iterator[None]:
    """Load TFDS, or parts of it, inside the block, and leave the imports of all other threads as they are.

    TFDS makes imports lazy by etils, which for a moment puts a function of its own in the place of the whole process's
    ``__import__``. Whatever another thread imports just then would be a lazy module too, or fail where it is imported
    relatively: a page of the dashboard that opens its first picture would break what the server sends to the browser.

    One thread is inside at a time. Two that load parts of TFDS at once could also wait for each other for ever.
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
