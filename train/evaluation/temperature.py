"""Temperature scaling: one number that makes a network as confident as it is right, without changing its labels.

Guo et al. 2017, "On Calibration of Modern Neural Networks", https://arxiv.org/abs/1706.04599.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.geometry import mask_to_network
from data.store import Samples
from models.inference.predictor import RunPredictor
from models.metrics import calibration

PIXELS = 4096
"""Pixels of an image that are fitted to, chosen at random."""
TRIED = np.geomspace(0.25, 4, 241)
"""The temperatures that are tried: each is 1.2 % higher than the one before."""
LEAST_PROBABILITY = 1e-12


def halves(ids: Sequence[str], dataset: Dataset) -> tuple[list[int], list[int]]:
    """Split images into two halves by their position, to fit on the one and to test on the other.

    Images of a group that the dataset knows, such as a breed or a video, stay together. If there are no groups or only
    one, neighbours in the order of the ids do, such as the frames of a video.
    """
    group_of = next(iter(dataset.groups.values()), None)
    groups: dict[str, list[int]] = {}
    for index, ident in enumerate(ids):
        groups.setdefault(group_of(ident) if group_of else "", []).append(index)
    if len(groups) < 2:
        order = sorted(range(len(ids)), key=lambda index: ids[index])
        return sorted(order[: len(order) // 2]), sorted(order[len(order) // 2 :])
    parts: tuple[list[int], list[int]] = ([], [])
    for name in sorted(groups, key=lambda name: (-len(groups[name]), sha256(name.encode()).digest())):
        min(parts, key=len).extend(groups[name])
    return sorted(parts[0]), sorted(parts[1])


def samples_of(predictor: RunPredictor, samples: Samples) -> Iterator[tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Yield the logarithms of the probabilities ``(N, S)`` of some pixels of each image, and their classes ``(N,)``.

    The pixels are those of the network's output whose truth is one of the ``S`` scored classes.
    """
    scored = np.array(predictor.label_space.scored)
    for index in range(len(samples)):
        sample = samples[index]
        scores, box = predictor.network_scores(sample.image)
        truth = mask_to_network(sample.mask, box)
        known = np.flatnonzero(np.isin(truth, scored))
        rng = np.random.default_rng(index)
        chosen = rng.choice(known, min(PIXELS, len(known)), replace=False)
        probabilities = scores.reshape(-1, scores.shape[2])[chosen][:, scored].astype(np.float64)
        yield np.log(np.maximum(probabilities, LEAST_PROBABILITY)), np.searchsorted(scored, truth.ravel()[chosen])


def fit(logarithms: NDArray[np.float64], classes: NDArray[np.intp]) -> float:
    """Return the temperature with the least calibration error, of the logarithms of probabilities ``(N, S)``.

    Above 1 the network was too confident. That with the least cross-entropy, as Guo et al. choose, leaves a larger
    error where a network is too sure of some classes and not sure enough of others (docs/metrics.md).

    >>> confident = np.log(np.array([[0.9, 0.1]] * 10))
    >>> round(fit(confident, np.array([0] * 7 + [1] * 3)), 2)  # 90 % sure, but right 7 times of 10
    2.58
    """
    relative = logarithms - logarithms.max(axis=1, keepdims=True)
    winners = relative.argmax(axis=1)

    def error(temperature: float) -> float:
        sure = 1 / np.exp(relative / temperature).sum(axis=1)
        counts = calibration.count(
            classes[None].astype(np.uint8), winners[None].astype(np.uint8), sure[None], None, logarithms.shape[1]
        )
        return calibration.error(counts)

    return float(min(TRIED, key=error))
