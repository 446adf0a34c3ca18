"""Compares two models by a paired bootstrap over the images of a split."""

from dataclasses import dataclass

import numpy as np

from configs.errors import UserError
from models.metrics.segmentation import Floats, Integers, iou, mean_over_present
from models.runs.evaluation import SplitScores

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


def paired_bootstrap(
    a: ImageCounts, b: ImageCounts, resamples: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Return the mIoU of ``a`` minus that of ``b`` and its 95 % interval: ``(difference, low, high)``.

    Each resample draws as many images as there are, with replacement, and the same ones for both models. It pools their
    counts and averages the IoU over the classes in its ground truth, as the published mIoU does. The interval spans the
    2.5th to the 97.5th percentile.

    Raises:
        UserError: If the two were not scored on the same images and classes, or no image shows a scored class.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    if a.digest != b.digest or sorted(a.ids) != sorted(b.ids):
        raise UserError("the two models were scored on different images; evaluate both on one split of the same files")
    if a.classes != b.classes:
        raise UserError("the two models were scored on different classes; only models of one label space compare")
    position = {image_id: index for index, image_id in enumerate(b.ids)}
    counts_a, counts_b = a.counts, b.counts[:, [position[image_id] for image_id in a.ids]]
    if not np.array_equal(counts_a[0] + counts_a[2], counts_b[0] + counts_b[2]):
        raise UserError("the classes of the two models stand for different pixels of the truth; evaluate both again")
    if not counts_a[[0, 2]].any():
        raise UserError("the images show none of the scored classes, so there is nothing to compare")
    images = len(a.ids)

    def difference(times: Integers) -> Floats:
        """Pool the images, weighted by ``times`` (resamples, images), and return the differences (resamples,)."""
        weights = times.astype(np.float64)  # counts stay far below 2**53, so the matrix product is exact
        return mean_over_present(iou(*(weights @ counts_a))) - mean_over_present(iou(*(weights @ counts_b)))

    random = np.random.default_rng(seed)
    probabilities = np.full(images, 1 / images)
    chunks = [min(RESAMPLES_AT_ONCE, resamples - done) for done in range(0, resamples, RESAMPLES_AT_ONCE)]
    differences = np.concatenate([difference(random.multinomial(images, probabilities, chunk)) for chunk in chunks])
    low, high = np.nanpercentile(differences, [2.5, 97.5])  # a resample of all-void images has no mIoU
    return float(difference(np.ones((1, images), np.int64))[0]), float(low), float(high)
