"""Which images an epoch has, where those of rare classes come more often.

Repeat factor sampling: Gupta et al. 2019, "LVIS: A Dataset for Large Vocabulary Instance Segmentation",
https://arxiv.org/abs/1908.03195, section 4.
"""

import numpy as np
from numpy.typing import NDArray


def repeat_factors(class_pixels: NDArray[np.int64], threshold: float) -> NDArray[np.float64]:
    """Return how often each image comes in an epoch on average, ``(N,)``, at least 1.

    A class that a share ``f`` of the images has calls for ``sqrt(threshold / f)``; an image follows its rarest class.

    Args:
        class_pixels: Pixels of each scored class in each mask, ``(N, S)``.
        threshold: The share of the images from which on a class is common enough.
    """
    present = class_pixels > 0
    shares = present.mean(axis=0)
    by_class = np.sqrt(threshold / np.maximum(shares, 1e-12))
    return np.asarray(np.maximum(1, np.where(present, by_class, 0).max(axis=1, initial=0)))


def epoch(factors: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the images of an epoch by their indices, in order: each its factor's whole part, and by chance once more."""
    whole = np.floor(factors)
    times = whole + (rng.random(len(factors)) < factors - whole)
    return np.repeat(np.arange(len(factors)), times.astype(np.intp))


def occurrences(images: NDArray[np.intp]) -> NDArray[np.intp]:
    """Count how often each of the ascending indices came before.

    >>> occurrences(np.array([0, 1, 1, 1, 4, 4]))
    array([0, 0, 1, 2, 0, 1])
    """
    return np.arange(len(images)) - np.searchsorted(images, images)
