"""Intervals of scores, and comparisons of two models, by a bootstrap over the images of a split.

Each resample draws as many images as there are, with replacement, pools their counts, and computes the scores as they
are published. Intervals span the 2.5th to the 97.5th percentile.

Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from configs.errors import UserError
from models.metrics.segmentation import Floats, Integers, iou, mean_over_present
from models.runs.evaluation import SplitScores

RESAMPLES = 2000
RESAMPLES_AT_ONCE = 250
"""Resamples per matrix product, which bounds its memory for any number of images."""


@dataclass(frozen=True)
class ImageCounts:
    """The counts of each image of a split, as stored in ``evaluation.json``."""

    digest: str  # of the images' contents, independent of their order
    classes: tuple[str, ...]  # names of the S scored classes
    ids: tuple[str, ...]  # one per image
    counts: Integers  # (3, images, S) pixels: true positives, false positives, false negatives

    @classmethod
    def from_evaluation(cls, split: SplitScores) -> "ImageCounts":
        """Read the counts from the scores of a split."""
        counts = [[image.tp, image.fp, image.fn] for image in split.per_image]
        return cls(
            split.images.digest,
            tuple(entry.name for entry in split.classes),
            tuple(image.id for image in split.per_image),
            np.array(counts, np.int64).reshape(len(counts), 3, len(split.classes)).transpose(1, 0, 2),
        )


@dataclass(frozen=True)
class ClassDifferences:
    """How the IoU of two models differs in each of ``S`` classes; all are float64 ``(S,)``, ``nan`` where undefined.

    Attributes:
        difference: IoU of the first model minus that of the second, from -1 to 1.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        p: Two-sided p-value, corrected for the number of classes by Holm's method.
    """

    difference: Floats
    low: Floats
    high: Floats
    p: Floats


def miou_interval(counts: ImageCounts, resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of a model's mIoU over other images like these: ``(low, high)``.

    Raises:
        UserError: If no image shows a scored class.
    """
    _check_shown(counts)
    values = _resampled(lambda times: mean_over_present(iou(*(times @ counts.counts))), counts, resamples, seed)
    low, high = np.nanpercentile(values, [2.5, 97.5])  # a resample of all-void images has no mIoU
    return float(low), float(high)


def paired_bootstrap(
    a: ImageCounts, b: ImageCounts, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float, float]:
    """Return the mIoU of ``a`` minus that of ``b`` and its 95 % interval: ``(difference, low, high)``.

    Each resample has the same images for both models.

    Raises:
        UserError: If the two were not scored on the same images and classes, or no image shows a scored class.
    """
    counts_a, counts_b = _paired(a, b)

    def difference(times: Floats) -> Floats:
        return mean_over_present(iou(*(times @ counts_a))) - mean_over_present(iou(*(times @ counts_b)))

    differences = _resampled(difference, a, resamples, seed)
    low, high = np.nanpercentile(differences, [2.5, 97.5])
    return float(difference(np.ones((1, len(a.ids))))[0]), float(low), float(high)


def paired_bootstrap_by_class(
    a: ImageCounts, b: ImageCounts, resamples: int = RESAMPLES, seed: int = 0
) -> ClassDifferences:
    """Compare two models in every class, with p-values that hold for all classes together.

    A p-value is twice the share of the resamples on the rarer side of 0, counting the observed data as one of them, so
    it is never below ``2 / (resamples + 1)``. Resamples without a class are left out for that class.

    Raises:
        UserError: As ``paired_bootstrap``.

    Source: Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.
    """
    counts_a, counts_b = _paired(a, b)

    def difference(times: Floats) -> Floats:
        return iou(*(times @ counts_a)) - iou(*(times @ counts_b))

    differences = _resampled(difference, a, resamples, seed)
    observed = difference(np.ones((1, len(a.ids))))[0]
    known = np.isfinite(observed)
    low, high, p = (np.full(len(observed), np.nan) for _ in range(3))
    low[known], high[known] = np.nanpercentile(differences[:, known], [2.5, 97.5], axis=0)
    drawn = np.isfinite(differences).sum(axis=0)
    rarer = np.minimum((differences <= 0).sum(axis=0), (differences >= 0).sum(axis=0))
    p[known] = holm(np.minimum(1, 2 * (rarer + 1) / (drawn + 1))[known])
    return ClassDifferences(observed, low, high, p)


def holm(p: Floats) -> Floats:
    """Correct p-values ``(N,)`` for their number by Holm's method.

    >>> holm(np.array([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.09, 0.09, 0.5]
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def _resampled(score: Callable[[Floats], Floats], counts: ImageCounts, resamples: int, seed: int) -> Floats:
    """Return the scores of all resamples; ``score`` maps how often each image is drawn, ``(resamples, images)``."""
    random, images = np.random.default_rng(seed), len(counts.ids)
    chunks = [min(RESAMPLES_AT_ONCE, resamples - done) for done in range(0, resamples, RESAMPLES_AT_ONCE)]
    probabilities = np.full(images, 1 / images)
    # Counts stay far below 2**53, so the matrix products are exact in float64.
    return np.concatenate([score(random.multinomial(images, probabilities, chunk).astype(float)) for chunk in chunks])


def _paired(a: ImageCounts, b: ImageCounts) -> tuple[Integers, Integers]:
    """Return the counts of two models, image by image in one order. Raises as ``paired_bootstrap``."""
    if a.digest != b.digest or sorted(a.ids) != sorted(b.ids):
        raise UserError("the two models were scored on different images; evaluate both on one split of the same files")
    if a.classes != b.classes:
        raise UserError("the two models were scored on different classes; only models of one label space compare")
    position = {image_id: index for index, image_id in enumerate(b.ids)}
    counts_a, counts_b = a.counts, b.counts[:, [position[image_id] for image_id in a.ids]]
    if not np.array_equal(counts_a[0] + counts_a[2], counts_b[0] + counts_b[2]):
        raise UserError("the classes of the two models stand for different pixels of the truth; evaluate both again")
    _check_shown(a)
    return counts_a, counts_b


def _check_shown(counts: ImageCounts) -> None:
    if not counts.counts[[0, 2]].any():
        raise UserError("the images show none of the scored classes, so there is nothing to compare")
