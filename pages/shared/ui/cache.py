"""Streamlit caches that can be asked whether a value has been computed."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Generic, ParamSpec, TypeVar

from pages.shared.ui import memory

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_PEEKING: ContextVar[bool] = ContextVar("_PEEKING", default=False)


class _NotCachedError(Exception): ...


class Peekable(Generic[Parameters, Result]):
    """A cached function; see ``peekable``."""

    def __init__(
        self,
        function: Callable[Parameters, Result],
        cache: Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]],
        cost: Callable[Parameters, int] | None = None,
    ) -> None:
        # Streamlit tells caches apart by a function's module, qualified name and source, and leaves arguments whose
        # names begin with an underscore out of the key: wraps lets it see those of the function itself.
        @functools.wraps(function)
        def compute(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if _PEEKING.get():
                raise _NotCachedError
            return function(*args, **kwargs)

        functools.update_wrapper(self, function)
        self._cached, self._cost = cache(compute), cost

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Return the cached value, computed now if necessary."""
        if self._cost is None:
            return self._cached(*args, **kwargs)
        if (value := self.peek(*args, **kwargs)) is not None:
            return value
        with memory.share(self._cost(*args, **kwargs)):
            return self._cached(*args, **kwargs)

    def peek(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | None:
        """Return the cached value, or None if it has not been computed."""
        token = _PEEKING.set(True)
        try:
            return self._cached(*args, **kwargs)
        except _NotCachedError:
            return None
        finally:
            _PEEKING.reset(token)

    def clear(self, *args: Any) -> None:
        """Forget the value for these arguments, or without any all values."""
        self._cached.clear(*args)  # type: ignore[attr-defined]


def peekable(
    cache: Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]],
    cost: Callable[..., int] | None = None,
) -> Callable[[Callable[Parameters, Result]], Peekable[Parameters, Result]]:
    """Cache a function so that it also has ``peek``, which returns a cached value without computing a missing one.

    Streamlit offers no look into its caches, but does not cache a call that raises: when the cache falls through to
    the function during ``peek``, the call ends there. The function must not return None; ``cache`` is
    ``st.cache_data(...)`` or ``st.cache_resource(...)`` with its options.
    """
    return lambda function: Peekable(function, cache, cost)
