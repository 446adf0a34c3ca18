"""Lists of names in sentences."""

from collections.abc import Sequence


def few(names: Sequence[str], most: int) -> str:
    """Return the first names and the number of the remaining ones.

    >>> few(["a", "b", "c", "d"], 2), few(["a", "b"], 2)
    ('a, b and 2 more', 'a, b')
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def listed(names: Sequence[str]) -> str:
    """Join names with commas and "and".

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
