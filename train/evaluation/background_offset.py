"""The background offset: what is added to the logit of the background to make the mean IoU highest.

Losses that weigh rare classes more, and overlap losses, make a network find small things too often rather than too
seldom, and every wrong pixel of a small class costs it more IoU than the background. One number mends much of it after
training; it is the post-hoc logit adjustment of Menon et al. 2021, "Long-tail learning via logit adjustment",
https://arxiv.org/abs/2007.07314, for one class and fitted instead of computed from the classes' frequencies.
"""

import numpy as np
from numpy.typing import NDArray

from data.geometry import mask_to_network
from data.label_space import BACKGROUND
from data.store import Samples
from models.inference.predictor import RunPredictor
from models.metrics.segmentation import count_confusion, mean_iou

TRIED = tuple(round(0.1 * step, 1) for step in range(-40, 41))
"""The offsets that are tried."""
LEAST_PROBABILITY = 1e-12

Confusions = NDArray[np.int64]
"""A confusion matrix for each of the ``O`` offsets in ``TRIED``, ``(O, S + 1, S + 1)``, by true and predicted class."""


def confusions(predictor: RunPredictor, samples: Samples) -> Confusions:
    """Count the scored pixels of the network's output on some images with each of the offsets that are tried.

    Raises ``UserError`` if there is no class ``background``.
    """
    space = predictor.label_space
    scored = np.array(space.scored)
    background = space.scored.index(space.id_of(BACKGROUND))
    total = np.zeros((len(TRIED), len(scored) + 1, len(scored) + 1), np.int64)
    for index in range(len(samples)):
        sample = samples[index]
        scores, box = predictor.network_scores(sample.image)
        truth = mask_to_network(sample.mask, box)
        known = np.isin(truth, scored)
        logarithms = np.log(np.maximum(scores[known][:, scored], LEAST_PROBABILITY))  # (N, S)
        classes = np.searchsorted(scored, truth[known]).astype(np.uint8)
        total += _counted(logarithms, classes, background)
    return total


def _counted(logarithms: NDArray[np.float32], classes: NDArray[np.uint8], background: int) -> Confusions:
    """Count pixels by their classes ``(N,)`` and the logarithms of their probabilities ``(N, S)``."""
    others = logarithms.copy()
    others[:, background] = -np.inf
    rival = others.argmax(axis=1).astype(np.uint8)
    ahead = logarithms[:, background] - others.max(axis=1)
    decided = (np.where(ahead + offset > 0, np.uint8(background), rival) for offset in TRIED)
    return np.array([count_confusion(classes, labels, logarithms.shape[1]) for labels in decided], np.int64)


def fit(counted: Confusions) -> float:
    """Return the offset with the highest mean IoU; of equals, that nearest to 0."""
    scores = dict(zip(TRIED, map(mean_iou, counted), strict=True))
    return max(TRIED, key=lambda offset: (scores[offset], -abs(offset)))


def cross_fitted(one: Confusions, other: Confusions) -> tuple[float, float]:
    """Return the mean IoU of two halves together without an offset, and with that fitted on the other half of each."""
    without, first, second = (TRIED.index(offset) for offset in (0.0, fit(other), fit(one)))
    return mean_iou(one[without] + other[without]), mean_iou(one[first] + other[second])
