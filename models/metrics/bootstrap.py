"""Intervals of scores, and comparisons of two models, by a bootstrap over the images of a split.

Each resample draws as many images as there are, with replacement, pools their counts, and computes the scores as they
are published. Intervals span the 2.5th to the 97.5th percentile.

Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from models.metrics.segmentation import Floats, Integers, iou, mean_over_present
from models.runs.evaluation import SplitScores

RESAMPLES = 2000
DRAWN_AT_ONCE = 1_000_000
"""Images drawn per matrix product, which bounds its memory for any number of images."""
MOST_KEPT = 1 << 24
"""Draws of a set of resamples up to which they are kept for the next model."""


@dataclass(frozen=True, eq=False)
class ImageCounts:
    """The counts of each image of a split, as stored in ``evaluation.json``; compared and hashed by identity."""

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

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 of all of it, for caches that go by content."""
        content = sha256("\n".join([self.digest, *self.classes, "", *self.ids]).encode())
        content.update(self.counts.tobytes())
        return content.hexdigest()

    def subset(self, indices: Sequence[int] | Integers) -> "ImageCounts":
        """Return the counts of some of the images; their digest says of which images they are some."""
        return ImageCounts(
            self.digest, self.classes, tuple(self.ids[index] for index in indices), self.counts[:, indices]
        )

    def miou(self) -> float:
        """Return the mIoU of the pooled images over the classes that their truth shows; ``nan`` if it shows none."""
        return float(mean_over_present(iou(*self.counts.sum(axis=1))))


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
    values = mean_over_present(iou(*_resampled(counts, resamples, seed)))
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
    _check_pair(a, b)
    _resample([a, b], resamples, seed)
    drawn_a, drawn_b = (mean_over_present(iou(*_resampled(counts, resamples, seed))) for counts in (a, b))
    low, high = np.nanpercentile(drawn_a - drawn_b, [2.5, 97.5])
    return a.miou() - b.miou(), float(low), float(high)


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
    _check_pair(a, b)
    _resample([a, b], resamples, seed)
    differences = iou(*_resampled(a, resamples, seed)) - iou(*_resampled(b, resamples, seed))
    observed = iou(*a.counts.sum(axis=1)) - iou(*b.counts.sum(axis=1))
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


_RESAMPLED: WeakKeyDictionary[ImageCounts, dict[tuple[int, int], Floats]] = WeakKeyDictionary()
"""The results of ``_resampled``, kept as long as the counts are: a pair of models costs no more than the two."""


def _resampled(counts: ImageCounts, resamples: int, seed: int) -> Floats:
    """Return the pooled counts of every resample ``(3, resamples, S)``.

    The images are drawn in the order of their ids, so that models scored on the same images share their resamples.
    """
    _resample([counts], resamples, seed)
    return _RESAMPLED[counts][resamples, seed]


def _resample(several: Sequence[ImageCounts], resamples: int, seed: int) -> None:
    """Make what ``_resampled`` returns for counts of the same images, drawing once for all of them."""
    missing = [one for one in several if (resamples, seed) not in _RESAMPLED.setdefault(one, {})]
    if not missing:
        return
    images = len(missing[0].ids)
    kept = images * resamples <= MOST_KEPT
    chunks = _times_drawn(images, resamples, seed) if kept else _draw(images, resamples, seed)
    per_image, pooled = [_by_image(one) for one in missing], [list[Floats]() for _ in missing]
    for drawn in chunks:
        times = drawn.astype(float)
        for values, sums in zip(per_image, pooled, strict=True):
            sums.append(times @ values)
    for one, sums in zip(missing, pooled, strict=True):
        _RESAMPLED[one][resamples, seed] = np.concatenate(sums).reshape(resamples, 3, -1).transpose(1, 0, 2)


def _by_image(counts: ImageCounts) -> Floats:
    """Return the counts of each image in the order of their ids, ``(images, 3 S)``."""
    order = sorted(range(len(counts.ids)), key=counts.ids.__getitem__)
    # Counts stay far below 2**53, so the matrix products are exact in float64.
    return counts.counts[:, order].transpose(1, 0, 2).reshape(len(order), -1).astype(float)


def draw_ahead(images: int) -> None:
    """Begin to draw the resamples of so many images, and of a third of them, in the background.

    The first comparison of two models, or of groups of images, then need not wait for them.
    """
    if images * RESAMPLES <= MOST_KEPT and images not in _AHEAD:
        _AHEAD.add(images)
        threading.Thread(target=_draw_with_thirds, args=(images,), name="resamples", daemon=True).start()


_AHEAD: set[int] = set()
"""Numbers of images whose resamples were drawn ahead; if they have been given up since, they are drawn at need."""


def _draw_with_thirds(images: int) -> None:
    for number in sorted({images, images // 3, -(-images // 3)} - {0}, reverse=True):
        _times_drawn(number, RESAMPLES, 0)


@lru_cache(maxsize=6)
def _times_drawn(images: int, resamples: int, seed: int) -> list[NDArray[np.uint16]]:
    """Return what ``_draw`` yields; drawing takes longer than pooling, and is the same for every model."""
    return list(_draw(images, resamples, seed))


def _draw(images: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint16]]:
    """Yield how often each image is among as many drawn with replacement, for some resamples at a time ``(N, images)``.

    An image can't be drawn more often than there are images; of more than 65,535, none is drawn as often.
    """
    random, most = np.random.default_rng(seed), max(1, DRAWN_AT_ONCE // images)
    for done in range(0, resamples, most):
        rows = min(most, resamples - done)
        drawn = random.integers(0, images, (rows, images), dtype=np.int32)
        drawn += images * np.arange(rows, dtype=np.int32)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * images).reshape(rows, images).astype(np.uint16)


def _check_pair(a: ImageCounts, b: ImageCounts) -> None:
    """Check that two models were scored on the same images and classes. Raises as ``paired_bootstrap``."""
    if a.digest != b.digest or sorted(a.ids) != sorted(b.ids):
        raise UserError("the two models were scored on different images; evaluate both on one split of the same files")
    if a.classes != b.classes:
        raise UserError("the two models were scored on different classes; only models of one label space compare")
    truth_a, truth_b = a.counts[[0, 2]].sum(axis=0), b.counts[[0, 2]].sum(axis=0)
    if a.ids != b.ids:
        position = {image_id: index for index, image_id in enumerate(b.ids)}
        truth_b = truth_b[[position[image_id] for image_id in a.ids]]
    if not np.array_equal(truth_a, truth_b):
        raise UserError("the classes of the two models stand for different pixels of the truth; evaluate both again")
    _check_shown(a)


def _check_shown(counts: ImageCounts) -> None:
    if not counts.counts[[0, 2]].any():
        raise UserError("the images show none of the scored classes, so there is nothing to compare")
