"""Which of two models is better, and whether the images at hand can tell: a paired bootstrap over images."""

from dataclasses import dataclass

import numpy as np

from configs.errors import UserError
from models.metrics.segmentation import Floats, Integers, iou, mean_over_present
from models.runs.evaluation import SplitScores

RESAMPLES_AT_ONCE = 250
"""Resamples pooled in one matrix product, so that its size is bounded for any number of images."""


@dataclass(frozen=True)
class ImageCounts:
    """The counts of a split image by image, as ``evaluation.json`` keeps them.

    Attributes:
        digest: Digest of the images' contents, whatever their order.
        classes: Names of the scored classes, ``S`` of them.
        ids: One per image.
        counts: ``(3, images, S)`` pixels: true positives, false positives, false negatives.
    """

    digest: str
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    counts: Integers

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


def paired_bootstrap(
    a: ImageCounts, b: ImageCounts, resamples: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Return by how much the mIoU of ``a`` is above that of ``b``, and a 95 % interval: ``(difference, low, high)``.

    Each resample draws as many images as there are, with replacement and the same ones for both models. It pools their
    counts and takes the mean IoU over the classes its truth shows, which is the headline's own rule. The interval goes
    from the 2.5th to the 97.5th percentile.

    Raises:
        UserError: If the two were not scored on the same images and classes, or the images show no class at all.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    if a.digest != b.digest or sorted(a.ids) != sorted(b.ids):
        raise UserError("the two models were scored on different images; evaluate both on one split of the same files")
    if a.classes != b.classes:
        raise UserError("the two models were scored on different classes; only models of one label space compare")
    position = {ident: index for index, ident in enumerate(b.ids)}
    counts_a, counts_b = a.counts, b.counts[:, [position[ident] for ident in a.ids]]
    if not counts_a[[0, 2]].any():
        raise UserError("the images show none of the scored classes, so there is nothing to compare")
    images = len(a.ids)

    def difference(times: Integers) -> Floats:
        """Pool the images, each so many ``times`` (resamples, images), and return the differences (resamples,)."""
        weights = times.astype(np.float64)  # counts stay far below 2**53, so the matrix product is exact
        return mean_over_present(iou(*(weights @ counts_a))) - mean_over_present(iou(*(weights @ counts_b)))

    random = np.random.default_rng(seed)
    chances = np.full(images, 1 / images)
    chunks = [min(RESAMPLES_AT_ONCE, resamples - done) for done in range(0, resamples, RESAMPLES_AT_ONCE)]
    differences = np.concatenate([difference(random.multinomial(images, chances, chunk)) for chunk in chunks])
    low, high = np.nanpercentile(differences, [2.5, 97.5])  # a resample of all-void images has no mIoU
    return float(difference(np.ones((1, images), np.int64))[0]), float(low), float(high)
