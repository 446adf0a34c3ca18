"""Counts what a model predicts right and wrong in every image of a split, here or in the processes of a Ray cluster."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import built, progress
from data.row_chunks import row_chunks
from data.store import Sample, Samples
from models.analysis import saving
from models.analysis.saving import Encoded
from models.inference.formats import Precision
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.inference.ray_options import RayOptions
from models.inference.score_maps import ScoreMap
from models.metrics import calibration, detection
from models.metrics.counts import Counts, count
from models.metrics.detection import Matches
from models.metrics.regions import regions
from models.runs.model import Model
from train.evaluation.target import Target

WORKERS = 2
"""Images worked on at one time: while the network reads one, the other is counted."""


@dataclass(frozen=True)
class Counted:
    """What was counted in one image; ``maps`` is what was predicted, if it is to be saved.

    ``matches`` is None without boxes; ``pixels`` are how many are scored, and how many have a class.
    """

    id: str
    counts: Counts
    matches: Matches | None
    pixels: tuple[int, int]
    maps: Encoded | None


def count_all(
    predictor: Predictor, samples: Samples, target: Target, *, save: bool, ray: RayOptions | None = None
) -> Iterator[Counted]:
    """Count every image, in order; with ``save``, also keep what was predicted.

    ``predictor`` predicts them here; with ``ray``, workers load one of their own, of the same model and precision.
    """
    description = f"evaluating on {samples.split}"
    if ray is not None:
        from models.inference import ray_workers  # late, because it is not needed otherwise

        make = partial(CountWorker, predictor.model, predictor.precision, samples, target, save=save)
        yield from progress.counted(ray_workers.mapped(make, range(len(samples)), ray), description, len(samples))
        return

    def work(index: int) -> Counted:
        return _count(predictor, samples[index], target, save=save)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(work, range(len(samples)))
        yield from progress.counted(results, description, len(samples))


class CountWorker:
    """Counts images by their index, one after the other, in a process of its own."""

    def __init__(self, model: Model, precision: Precision, samples: Samples, target: Target, *, save: bool) -> None:
        """Load the predictor. Raises ``UserError`` as ``load_predictor``, and if the dataset is not there."""
        if not built.is_whole(samples.directory):
            raise UserError(
                f"{samples.directory}: the dataset is not on {socket.gethostname()}; let all computers see one folder, "
                "and name it in $SEGDECK_CACHE"
            )
        self._predictor = load_predictor(model, precision, rest="float32")
        self._count = partial(_count, target=target, save=save)
        self._samples = samples

    def __call__(self, index: int) -> Counted:
        """Count an image."""
        return self._count(self._predictor, self._samples[index])


def _count(predictor: Predictor, sample: Sample, target: Target, *, save: bool) -> Counted:
    """Predict one image at its own size, count it, and match its objects with the true boxes if it has any."""
    scores = predictor.score_map(sample.image)
    labels = np.empty(sample.mask.shape, np.uint8)
    confidence: NDArray[np.float32] = np.empty(sample.mask.shape, np.float32)
    for rows in row_chunks(labels.shape):
        labels[rows], confidence[rows] = scores.winners(rows)
    has_confidence = scores.has_confidence and target.is_own  # a shared class has no probability of its own
    truth, predicted = target.translate(sample.mask, labels)
    told = confidence if has_confidence else None
    errors = _squared_errors(scores, sample.mask) if has_confidence else None
    counts = count(truth, predicted, told, target.label_space, errors)
    pixels = int(counts.confusion[:-1].sum()), target.labelled(sample.mask)
    maps = saving.encode(predicted, told) if save else None
    if sample.boxes is None or not target.is_own:
        return Counted(sample.id, counts, None, pixels, maps)
    certainty = np.rint(confidence * 255).astype(np.uint8) if has_confidence else None
    found, _ = regions(labels, certainty, target.label_space, predictor.model.smallest_object)
    matches = detection.match(found, sample.boxes, target.label_space)
    return Counted(sample.id, counts, matches, pixels, maps)


def _squared_errors(scores: ScoreMap, truth: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Return the squared error of the probabilities of all classes ``(H, W)``; None if they are unknown."""
    errors: NDArray[np.float32] = np.empty(truth.shape, np.float32)
    for rows in row_chunks(truth.shape):
        probabilities = scores.probabilities(rows)
        if probabilities is None:
            return None
        errors[rows] = calibration.squared_errors(probabilities, truth[rows])
    return errors
