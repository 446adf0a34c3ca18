"""Lists of names and sizes of files in sentences."""

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


def file_size(count: int) -> str:
    """Return a number of bytes as text, with about two digits.

    >>> file_size(15), file_size(24_700), file_size(1_540_000), file_size(2_000_000_000)
    ('15 bytes', '25 kB', '1.5 MB', '2.0 GB')
    """
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 999_950_000 else f"{count / 1e9:.1f} GB"
