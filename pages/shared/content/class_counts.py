"""How much of every class each picture of a dataset shows: counted over all masks, once, piece by piece."""

from collections.abc import Mapping, Sized

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data.label_space import LabelSpace
from data.store import Samples

PIECE = 256
"""Masks counted at a time: a fraction of a second of work, so that a page can tell how far it is and be stopped."""

Counts = Mapping[str, NDArray[np.int64]]
"""Split to pixels of each class in each picture, ``(pictures, classes)``, void included."""


class _NotYetError(Exception):
    """Counts are wanted only if they are there."""


def pieces(samples: Sized) -> list[range]:
    """Return the indices of all pictures of a split, in pieces."""
    return [range(first, min(first + PIECE, len(samples))) for first in range(0, len(samples), PIECE)]


def known(samples: Samples, piece: range) -> NDArray[np.int64] | None:
    """Return the counts of a piece if they are there, else None; takes no time."""
    try:
        return _counted(str(samples.directory), samples.split, piece.start, samples, piece, _compute=False)
    except _NotYetError:
        return None


def count(samples: Samples, piece: range) -> NDArray[np.int64]:
    """Return the pixels of each class in each picture of a piece, ``(pictures, classes)``; computed only once."""
    return _counted(str(samples.directory), samples.split, piece.start, samples, piece)


def whole(samples: Samples) -> NDArray[np.int64]:
    """Return the pixels of each class in each picture of a split, ``(pictures, classes)``; computed only once."""
    return np.concatenate([count(samples, piece) for piece in pieces(samples)])


# The folder of what is built is named by a digest of all images and masks.
@st.cache_data(max_entries=512, show_spinner=False)
def _counted(
    directory: str, split: str, first: int, _samples: Samples, _members: range, _compute: bool = True
) -> NDArray[np.int64]:
    if not _compute:  # only reached if the counts are not in the cache
        raise _NotYetError
    classes = len(_samples.label_space)
    rows = [np.bincount(_samples.mask(index).ravel(), minlength=classes) for index in _members]
    return np.array(rows, np.int64)


def share_table(space: LabelSpace, counts: Counts) -> pd.DataFrame:
    """Return how much there is of every class, one row per class.

    Args:
        space: What the ids mean.
        counts: Pixels per picture and class by split.

    Returns:
        ``Id``, ``Class``, and for every split ``Pixels, SPLIT`` (part of the scored pixels of all its pictures; missing
        for void) and ``Pictures, SPLIT`` (part of its pictures that show the class).
    """
    table = pd.DataFrame({"Id": range(len(space)), "Class": space.names})
    for split, pixels in counts.items():
        shares = np.full(len(space), np.nan)
        scored = list(space.scored)
        shares[scored] = pixels[:, scored].sum(axis=0) / max(pixels[:, scored].sum(), 1)
        table[f"Pixels, {split}"] = shares
        table[f"Pictures, {split}"] = (pixels > 0).mean(axis=0)
    return table


def void_share(space: LabelSpace, pixels: NDArray[np.int64]) -> float:
    """Return the part of all pixels of a split that is void, 0 to 1; ``pixels`` as in ``Counts``."""
    return float(pixels[:, space.void].sum() / max(pixels.sum(), 1)) if space.void is not None else 0.0


def showing(pixels: NDArray[np.int64], ident: int) -> list[int]:
    """Return the pictures that show a class, the largest share of the picture first; ``pixels`` as in ``Counts``.

    >>> showing(np.array([[5, 5], [9, 0], [1, 8]]), 1)
    [2, 0]
    """
    shares = pixels[:, ident] / np.maximum(pixels.sum(axis=1), 1)
    return [int(index) for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
