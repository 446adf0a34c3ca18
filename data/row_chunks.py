"""Processing large arrays some rows at a time: NumPy's temporary arrays have 4 or 8 bytes per pixel."""

from collections.abc import Iterator

PIXELS = 1 << 19
"""Pixels per chunk."""


def row_chunks(shape: tuple[int, ...], pixels: int | None = None) -> Iterator[slice]:
    """Yield slices that divide the rows of ``(H, W, ...)`` into chunks of at most ``pixels``, or of a single row.

    >>> list(row_chunks((3, 1 << 18)))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    step = max(1, (pixels or PIXELS) // max(1, shape[1]))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))
