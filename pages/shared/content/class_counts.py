"""Class shares of a dataset, from the pixels of each class in each picture."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.label_space import LabelSpace

Counts = Mapping[str, NDArray[np.int64]]
"""Split to ``Samples.class_pixels()``: pixels of each class in each picture, ``(N, C)``, void included."""


def share_table(space: LabelSpace, counts: Counts) -> pd.DataFrame:
    """Return one row per class: ``Id``, ``Class``, and for every split two shares, 0 to 1.

    ``Pixels, SPLIT`` is the share of the scored pixels of its pictures (NaN for void), ``Pictures, SPLIT`` the share of
    its pictures that show the class.
    """
    table = pd.DataFrame({"Id": range(len(space)), "Class": space.names})
    scored = list(space.scored)
    for split, pixels in counts.items():
        shares = np.full(len(space), np.nan)
        shares[scored] = pixels[:, scored].sum(axis=0) / max(pixels[:, scored].sum(), 1)
        table[f"Pixels, {split}"] = shares
        table[f"Pictures, {split}"] = (pixels > 0).mean(axis=0)
    return table


def void_share(space: LabelSpace, pixels: NDArray[np.int64]) -> float:
    """Return the share of all pixels of a split that are void, 0 to 1; ``pixels`` as in ``Counts``."""
    return float(pixels[:, space.void].sum() / max(pixels.sum(), 1)) if space.void is not None else 0.0


def showing(pixels: NDArray[np.int64], ident: int) -> list[int]:
    """Return the pictures that show a class, the largest share of the picture first; ``pixels`` as in ``Counts``.

    >>> showing(np.array([[5, 5], [9, 0], [1, 8]]), 1)
    [2, 0]
    """
    shares = pixels[:, ident] / np.maximum(pixels.sum(axis=1), 1)
    return [int(index) for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
