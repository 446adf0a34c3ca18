"""Scores a model on a split of its dataset or another, at the size of each mask.

A model is scored in float32, unless it is one that is always computed in another precision.
"""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs import files
from configs.errors import UserError
from data import progress, store
from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from data.store import Sample, Samples
from models.analysis import saving
from models.analysis.saving import Encoded, Writer
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.inference.score_maps import ScoreMap
from models.metrics import calibration, detection
from models.metrics.counts import Counts, count
from models.metrics.detection import Matches
from models.metrics.regions import regions
from models.runs import in_use
from models.runs.evaluation import SCHEMA, Evaluation, Images, ImageScores, SplitScores
from models.runs.model import Model, read_evaluation
from models.runs.run import Run
from train.evaluation import class_statistics, float16, report
from train.evaluation.target import Target, target_of

WORKERS = 2
"""Images worked on at one time: while the network reads one, the other is counted."""


def evaluate_run(
    model: Model,
    data_dir: Path,
    split: str,
    *,
    target: Target | None = None,
    float16_loss: bool = False,
    save: bool = False,
) -> Evaluation:
    """Score a model on a split as ``score_model`` does, and write the scores into its ``scores_file``.

    Scores of other splits are kept if they belong to the same weights, and those in other precisions as they are.

    Returns:
        The content of the file. For a local run on its own dataset, the scores include ``training`` and, if it was
        measured now or before, ``float16_loss``.

    Raises:
        UserError: As ``score_model``, and if the file can't be written.
    """
    target = target or target_of(model, None)
    scores = score_model(model, data_dir, split, target, save=save)
    key = target.key(split)
    if isinstance(model, Run) and not model.published and target.is_own and model.precision is None:
        before = _known(model, scores.weights).get(key, SplitScores())
        loss = float16_loss_of(model, scores.miou, data_dir, split) if float16_loss else before.float16_loss
        training = before.training or class_statistics.count(model, data_dir)
        scores = scores.model_copy(update={"training": training, "float16_loss": loss})
    with in_use.merging(model.scores_file):  # another evaluation may have added a split meanwhile
        evaluation = _kept(model, scores.weights).including(key, scores, model.precision)
        write(model.scores_file, evaluation)
    return evaluation


def _known(model: Model, weights: str | None) -> dict[str, SplitScores]:
    """Return the scores of the same weights that are stored already, by split."""
    known = model.evaluation_here()
    splits = known.splits if known and known.layout == SCHEMA else {}
    return {name: scores for name, scores in splits.items() if scores.weights == weights}


def _kept(model: Model, weights: str) -> Evaluation:
    """Return the content of a model's ``scores_file`` without scores of other weights in its own precision."""
    whole = read_evaluation(model.scores_file)
    if not isinstance(whole, Evaluation) or whole.layout != SCHEMA:
        return Evaluation()
    own = whole.of(model.precision).model_copy(update={"splits": _known(model, weights), "faults": {}})
    if model.precision is None:
        return own
    return whole.model_copy(update={"precisions": {**whole.precisions, model.precision: own}})


def score_model(
    model: Model, data_dir: Path, split: str, target: Target | None = None, *, save: bool = False
) -> SplitScores:
    """Score a model on a split at the size of each mask; ``target`` is its own dataset by default.

    Images that it is known to have been trained on are skipped; they are recognised by the hashes of their contents.
    With ``save``, what it predicts is kept in the cache, where ``models.analysis.saved_predictions`` finds it.

    Raises:
        UserError: If the data, the model's files or its list of training images can't be read, no image is left, or
            the predictions can't be saved.
    """
    target = target or target_of(model, None)
    subsets = _subset_positions(model) if target.is_own else {}
    limit = model.experiment.data.limit if isinstance(model, Run) and target.is_own else None
    samples = store.open_split(target.dataset.name, split, data_dir, limit)
    kept = _leave_out_training_images(model, samples, split)
    predictor = load_predictor(model, model.precision or "float32")
    weights = model.digest()
    space = target.label_space
    with saving.writing() if save else nullcontext() as writer:
        counted = _count_all(predictor, kept, split, target, save=save)
        counts, per_image, matches, known = _pool(counted, space, writer)
        scores = report.split_scores(
            counts,
            space,
            subsets,
            images=Images(count=len(kept), digest=kept.digest, left_out=len(samples) - len(kept)),
            per_image=per_image,
            detection=None if matches is None else report.detection_scores(matches, space, model.smallest_object),
        )
        date = datetime.now(UTC).isoformat(timespec="seconds")
        facts: dict[str, Any] = {"weights": weights, "engine": predictor.engine, "date": date}
        if not target.is_own:
            facts |= {"dataset": target.dataset.name, "scored_share": known[0] / known[1] if known[1] else None}
            facts["classes"] = target.described(scores.classes)
        scores = scores.model_copy(update=facts)
        if writer is not None:
            writer.keep(model.precision, target.dataset.name, split, scores)
    return scores


def float16_loss_of(run: Run, miou: float | None, data_dir: Path, split: str) -> float | None:
    """Return the mIoU of a local run with float32 kernels minus ``miou``, that with float16 kernels.

    Returns None if either is undefined. Raises ``UserError`` if the checkpoint is missing, and as ``score_model``.
    """
    with tempfile.TemporaryDirectory() as folder:
        exact = score_model(float16.exact_run(run, Path(folder) / run.name), data_dir, split).miou
    return None if exact is None or miou is None else exact - miou


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


def _pool(
    counted: Iterable[Counted], space: LabelSpace, writer: Writer | None
) -> tuple[Counts, list[ImageScores], Matches | None, tuple[int, int]]:
    """Add up what was counted, give it to the writer, and return the sums with the scores of every image."""
    counts, per_image, known = Counts.none(space), [], (0, 0)
    matches: list[Matches] = []
    for one in counted:
        counts += one.counts
        known = known[0] + one.pixels[0], known[1] + one.pixels[1]
        per_image.append(report.image_scores(one.id, one.counts))
        if one.matches is not None:
            matches.append(one.matches)
        if writer is not None and one.maps is not None:
            writer.add(one.id, one.maps, one.counts)
    return counts, per_image, Matches.pooled(matches) if matches else None, known


def _count_all(predictor: Predictor, samples: Samples, split: str, target: Target, *, save: bool) -> Iterator[Counted]:
    """Count every image, in order."""

    def work(index: int) -> Counted:
        return _count(predictor, samples[index], target, save=save)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(work, range(len(samples)))
        yield from progress.counted(results, f"evaluating on {split}", len(samples))


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


def _leave_out_training_images(model: Model, samples: Samples, split: str) -> Samples:
    """Return the samples that the model was not trained on; print how many are left out."""
    trained_on = model.training_images() or frozenset()
    kept = [index for index, digest in enumerate(samples.hashes) if digest not in trained_on]
    if not kept:
        raise UserError(
            f"{model.name} was trained on every image of the split {split!r}, so scores on it would be meaningless; "
            "choose another with --split"
        )
    if left_out := len(samples) - len(kept):
        print(f"left out {left_out} of {len(samples)} images: {model.name} was trained on them", file=sys.stderr)
    return samples.subset(kept)


def _subset_positions(model: Model) -> dict[str, list[int]]:
    """Return the positions among the scored classes for each subset that the config names."""
    space = model.label_space
    subsets = {}
    for subset, names in model.subsets.items():
        ids = [space.id_of(name) for name in names]
        if space.void in ids:
            raise UserError(f"{model.name}: evaluate.subsets.{subset}: {space.names[space.void]!r} is never scored")
        subsets[subset] = [space.scored.index(class_id) for class_id in ids]
    return subsets


def write(path: Path, evaluation: Evaluation) -> None:
    """Write an evaluation as JSON. Raises ``UserError`` if the file can't be written."""
    try:
        files.write_text(path, report.to_json(evaluation.document()))
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error.strerror})") from error
