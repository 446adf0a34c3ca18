"""Small label maps for the tests of the metrics."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import ndimage

from data.label_space import IGNORE, LabelSpace
from models.metrics.counts import Counts, count

COLOURS = tuple(f"#{index:06x}" for index in range(255))
NO_VOID = LabelSpace(("cat", "dog", "cow"), COLOURS[:3])
VOID_LAST = LabelSpace(("cat", "dog", "cow", "void"), COLOURS[:4], void=3)
VOID_MIDDLE = LabelSpace(("cat", "void", "dog", "cow"), COLOURS[:4], void=1)
NAN = math.nan

Labels = NDArray[np.uint8]
Maps = tuple[Labels, Labels, NDArray[np.float32]]
"""Truth, prediction and confidence of one image."""


def grid(*rows: str) -> Labels:
    """Read a label map from one string of digits per row."""
    return np.array([[int(digit) for digit in row] for row in rows], np.uint8)


def counted(
    truth: Labels, predicted: Labels, space: LabelSpace, confidence: NDArray[np.float32] | None = None
) -> Counts:
    confidence = np.ones(truth.shape, np.float32) if confidence is None else confidence
    return count(truth, predicted, confidence, space)


@st.composite
def label_maps(draw: st.DrawFn, space: LabelSpace = VOID_MIDDLE) -> Maps:
    """Draw truth (all ids of the space, and padding), prediction (scored ids) and confidence of one shape."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    truth_ids = st.sampled_from([*range(len(space)), IGNORE])
    truth = draw(arrays.arrays(np.uint8, shape, elements=truth_ids, fill=truth_ids))
    predicted_ids = st.sampled_from(space.scored)
    predicted = draw(arrays.arrays(np.uint8, shape, elements=predicted_ids, fill=predicted_ids))
    confidence = draw(arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    return truth, predicted, confidence


def blobs(random: np.random.Generator, shape: tuple[int, int], ids: list[int], size: float = 9) -> Labels:
    """Return a label map of large smooth regions."""
    noise = np.stack([ndimage.gaussian_filter(random.normal(size=shape), size) for _ in ids])
    return np.array(ids, np.uint8)[noise.argmax(axis=0)]
