"""Whether a model is as often right as it is confident: expected calibration error, adaptive one, and Brier score.

Confidence is counted in a histogram so fine that the bins of every score are sums of its bins, which keeps the counts
of a split small, whatever its number of pixels.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.row_chunks import row_chunks
from models.metrics.segmentation import Floats, Integers, Labels, ratio

BINS = 15
"""Bins of the calibration error, equally wide, and of the adaptive one, with equally many pixels each."""
FINE_BINS = 273 * BINS
"""Bins that are counted: 4095, equally wide."""

Plane = NDArray[np.float32]
"""A value for every pixel, ``(H, W)``."""


@dataclass(frozen=True)
class CalibrationCounts:
    """Scored pixels by the probability of the winning class, and their squared errors; add two to pool them."""

    pixels: Integers  # (4095,) pixels in the bin (k / 4095, (k + 1) / 4095]
    correct: Integers  # (4095,) the number of correct ones
    confidence: Floats  # (4095,) the sum of their winning probabilities
    squared_error: float = 0.0  # the sum over ``squared_pixels``
    squared_pixels: int = 0

    @classmethod
    def none(cls) -> "CalibrationCounts":
        """Return the counts of zero images."""
        return cls(np.zeros(FINE_BINS, np.int64), np.zeros(FINE_BINS, np.int64), np.zeros(FINE_BINS))

    def __add__(self, other: "CalibrationCounts") -> "CalibrationCounts":
        """Pool the counts of both."""
        return CalibrationCounts(*(mine + vars(other)[name] for name, mine in vars(self).items()))

    def bins(self) -> tuple[Integers, Integers, Floats]:
        """Return pixels, correct ones and the sum of confidence in 15 equally wide bins, each ``(15,)``."""
        pixels, correct, confidence = (
            part.reshape(BINS, -1).sum(axis=1) for part in (self.pixels, self.correct, self.confidence)
        )
        return pixels, correct, confidence

    def equal_bins(self) -> tuple[Floats, Floats, Floats]:
        """Return pixels, correct ones and the sum of confidence in 15 bins of equally many pixels, each ``(15,)``.

        Bins are cut between pixels in the order of their confidence. A fine bin that is cut gives each side its share,
        as if its pixels were alike.
        """
        known = np.concatenate([[0], self.pixels.cumsum()])
        cuts = np.linspace(0, known[-1], BINS + 1)
        pixels, correct, confidence = (
            np.diff(np.interp(cuts, known, np.concatenate([[0], part.cumsum()])))
            for part in (self.pixels, self.correct, self.confidence)
        )
        return pixels, correct, confidence


def count(
    truth: Labels, predicted: Labels, confidence: Plane | None, squared_error: Plane | None, scored: int
) -> CalibrationCounts:
    """Count one image: indices of ``scored`` classes, of the winning class its probability, and ``squared_errors``.

    What is None, because the model does not tell it, is not counted. Pixels whose truth is ``scored`` are ignored.
    """
    counts, squares, number = CalibrationCounts.none(), 0.0, 0
    for rows in row_chunks(truth.shape):
        shown = truth[rows] != scored
        if confidence is not None:
            right = (truth[rows] == predicted[rows])[shown]
            counts += _of_confidence(confidence[rows][shown].astype(np.float64), right)
        if squared_error is not None:
            squares += float(squared_error[rows][shown].sum(dtype=np.float64))
            number += int(shown.sum())
    return dataclasses.replace(counts, squared_error=squares, squared_pixels=number)


def error(counts: CalibrationCounts) -> float:
    """Return the expected calibration error, 0 to 1: how far confidence and accuracy are apart, averaged over pixels.

    One pixel is correct at a confidence of 0.9 and one wrong at 0.5, so the gaps are 0.1 and 0.5.

    >>> truth, predicted = np.array([[0, 0]], np.uint8), np.array([[0, 1]], np.uint8)
    >>> round(error(count(truth, predicted, np.array([[0.9, 0.5]], np.float32), None, 2)), 6)
    0.3

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 2.
    """
    return _gap(*counts.bins())


def adaptive_error(counts: CalibrationCounts) -> float:
    """Return the calibration error over bins of equally many pixels, 0 to 1, from the fine histogram.

    Most pixels of a segmentation are nearly certain, so they share one of the equally wide bins of ``error``, in which
    over- and underconfidence cancel.

    Source: Nixon et al. 2019, Measuring Calibration in Deep Learning, section 4 (adaptive binning), for the probability
    of the winning class.
    """
    return _gap(*counts.equal_bins())


def brier_score(counts: CalibrationCounts) -> float:
    """Return the mean of the squared errors, 0 to 2; ``nan`` if there are none.

    Source: Brier 1950, Verification of Forecasts Expressed in Terms of Probability.
    """
    return float(ratio(counts.squared_error, counts.squared_pixels))


def squared_errors(probabilities: Iterable[tuple[int, Plane]], truth: Labels) -> Plane:
    """Return the sum over the classes of the squared error of the probability, for every pixel, ``(H, W)``.

    ``probabilities`` are the ids of the classes, each with its probability ``(H, W)``; a class that is left out has
    none. ``truth`` ``(H, W)`` holds ids; those without a probability, such as void, have an error like any other.

    >>> sure = [(0, np.array([[0.75, 0.75]], np.float32)), (1, np.array([[0.25, 0.25]], np.float32))]
    >>> squared_errors(sure, np.array([[0, 1]], np.uint8)).tolist()
    [[0.125, 1.125]]
    """
    squares: Plane = np.ones(truth.shape, np.float32)
    for class_id, probability in probabilities:  # (p - 1)^2 = p^2 - 2 p + 1
        squares += probability * (probability - 2 * (truth == class_id))
    return squares


def _of_confidence(values: Floats, right: NDArray[np.bool_]) -> CalibrationCounts:
    """Count confidences ``(N,)``, and whether each is of a correct pixel."""
    # Times 4095 is exact in float64 for what was a float32, so no edge moves, neither here nor for the wider bins.
    bins = np.clip(np.ceil(values * FINE_BINS).astype(np.int64) - 1, 0, FINE_BINS - 1)
    return CalibrationCounts(
        np.bincount(bins, minlength=FINE_BINS),
        np.bincount(bins[right], minlength=FINE_BINS),
        np.bincount(bins, weights=values, minlength=FINE_BINS).astype(np.float64, copy=False),
    )


def _gap(pixels: NDArray[Any], correct: NDArray[Any], confidence: Floats) -> float:
    return float(ratio(np.abs(correct - confidence).sum(), pixels.sum()))
