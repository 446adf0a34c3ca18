"""Numbers in the frames of a clip, as large black and white blocks that survive JPEG and VP8.

The strip at the top has two rows of cells: the bits of the number, the lowest first, white for 1, and below each bit
its opposite. ``probe.js`` reads them in a browser.
"""

import numpy as np
from numpy.typing import NDArray

BITS = 8
STRIP = 0.1
"""Share of the height that the strip takes."""
LEAST_CONTRAST = 80
"""By how much a bit and its opposite have to differ, of 255."""


def strip_rows(height: int) -> int:
    """Return how many rows of a frame the strip takes: an even number."""
    return 2 * round(height * STRIP / 2)


def draw(frame: NDArray[np.uint8], number: int) -> None:
    """Write a number, less than 2 to the power of ``BITS``, into a frame ``(H, W, 3)``."""
    bits = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8)
    rows = strip_rows(frame.shape[0])
    columns = np.arange(frame.shape[1]) * BITS // frame.shape[1]  # (W,) the bit of each
    frame[: rows // 2] = 255 * bits[columns][:, None]
    frame[rows // 2 : rows] = 255 * (1 - bits[columns])[:, None]


def read(frame: NDArray[np.uint8]) -> int | None:
    """Return the number in a frame ``(H, W, 3)``, or None if a bit is not clear."""
    rows = strip_rows(frame.shape[0])
    grey = frame[:rows].mean(axis=2)
    centres = [round((bit + 0.5) * frame.shape[1] / BITS) for bit in range(BITS)]
    apart = np.array([grey[rows // 4, column] - grey[3 * rows // 4, column] for column in centres])
    if np.abs(apart).min() < LEAST_CONTRAST:
        return None
    return sum(1 << bit for bit in range(BITS) if apart[bit] > 0)
