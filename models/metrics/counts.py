"""The counts of an image, from which every score of a segmentation follows.

Counting turns one image into ``Counts`` of fixed size; counts add up, so a split of any length is scored image by image
in constant memory. The formulas over the counts are in ``segmentation``, ``boundary``, ``calibration`` and
``error_kinds``.
"""

from dataclasses import dataclass

import numpy as np

from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from models.metrics import boundary, calibration, error_kinds, segmentation
from models.metrics.boundary import BoundaryCounts, Outlines
from models.metrics.calibration import CalibrationCounts, Plane
from models.metrics.error_kinds import ErrorCounts
from models.metrics.segmentation import Integers, Labels


@dataclass(frozen=True)
class Counts:
    """The counts of one image or several; add two to pool them."""

    confusion: Integers  # (S + 1, S + 1), see ``segmentation.confusion``
    boundary: BoundaryCounts
    calibration: CalibrationCounts
    errors: ErrorCounts

    @classmethod
    def none(cls, label_space: LabelSpace) -> "Counts":
        """Return the counts of zero images."""
        scored = len(label_space.scored)
        matrix = np.zeros((scored + 1, scored + 1), np.int64)
        return cls(matrix, BoundaryCounts.none(scored), CalibrationCounts.none(), ErrorCounts.none(scored))

    def __add__(self, other: "Counts") -> "Counts":
        """Pool the counts of both."""
        return Counts(*(mine + vars(other)[name] for name, mine in vars(self).items()))


def count(
    truth: Labels,
    predicted: Labels,
    confidence: Plane | None,
    label_space: LabelSpace,
    squared_error: Plane | None = None,
) -> Counts:
    """Count one image.

    Args:
        truth: ``(H, W)`` ids, also void and ``IGNORE``.
        predicted: ``(H, W)`` ids, never void.
        confidence: ``(H, W)`` probability of the prediction, 0 to 1; None if the model does not tell it.
        label_space: The classes of the ids.
        squared_error: ``(H, W)`` as from ``calibration.squared_errors``; None if the model does not tell the
            probabilities of all classes.

    Raises:
        ValueError: If the shapes differ or an id is not in the label space.
    """
    if not truth.shape == predicted.shape or truth.ndim != 2:
        raise ValueError(f"truth {truth.shape} and prediction {predicted.shape} must be one (H, W)")
    for what, plane in {"confidence": confidence, "squared error": squared_error}.items():
        if plane is not None and plane.shape != truth.shape:
            raise ValueError(f"truth {truth.shape} and {what} {plane.shape} must be one (H, W)")
    scored = len(label_space.scored)
    truth, predicted = segmentation.scored_indices(truth, predicted, label_space)
    matrix = np.zeros((scored + 1, scored + 1), np.int64)
    for rows in row_chunks(truth.shape):
        matrix += segmentation.count_confusion(truth[rows], predicted[rows], scored)
    # Predictions on ignored pixels must not move an outline.
    seen = np.where(truth == scored, np.uint8(scored), predicted)
    outlines = Outlines.of(truth, seen, scored)
    return Counts(
        matrix,
        boundary.count(truth, seen, outlines, scored),
        calibration.count(truth, predicted, confidence, squared_error, scored),
        error_kinds.count(truth, predicted, outlines, scored),
    )
