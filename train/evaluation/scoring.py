"""Scores a model on a split of its dataset or another, at the size of each mask.

A model is scored in float32, unless it is one that is always computed in another precision. What an int8 network leaves
out of int8 is computed in float32, too, so that scores do not depend on the CPU.
"""

import sys
import tempfile
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from configs import files
from configs.errors import UserError
from data import store
from data.label_space import LabelSpace
from data.store import Samples
from models.analysis import saving
from models.analysis.saving import Writer
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.inference.ray_options import RayOptions
from models.metrics.counts import Counts
from models.metrics.detection import Matches
from models.runs import in_use
from models.runs.evaluation import SCHEMA, Evaluation, Images, ImageScores, SplitScores
from models.runs.model import Model, read_evaluation
from models.runs.run import Run
from train.evaluation import class_statistics, float16, report
from train.evaluation.counting import Counted, count_all
from train.evaluation.target import Target, target_of


def evaluate_run(
    model: Model,
    data_dir: Path,
    split: str,
    *,
    target: Target | None = None,
    float16_loss: bool = False,
    save: bool = False,
    ray: RayOptions | None = None,
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
    scores = score_model(model, data_dir, split, target, save=save, ray=ray)
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
    model: Model,
    data_dir: Path,
    split: str,
    target: Target | None = None,
    *,
    save: bool = False,
    ray: RayOptions | None = None,
) -> SplitScores:
    """Score a model on a split at the size of each mask; ``target`` is its own dataset by default.

    Images that it is known to have been trained on are skipped; they are recognised by the hashes of their contents.
    With ``save``, what it predicts is kept in the cache, where ``models.analysis.saved_predictions`` finds it. With
    ``ray``, the processes of a cluster predict and count, and the scores are the same.

    Raises:
        UserError: If the data, the model's files or its list of training images can't be read, no image is left, or
            the predictions can't be saved.
    """
    target = target or target_of(model, None)
    subsets = _subset_positions(model) if target.is_own else {}
    limit = model.experiment.data.limit if isinstance(model, Run) and target.is_own else None
    samples = store.open_split(target.dataset.name, split, data_dir, limit)
    kept = leave_out_training_images(model, samples, split)
    predictor = load_predictor(model, model.precision or "float32", rest="float32")
    weights = model.digest()
    space = target.label_space
    with saving.writing() if save else nullcontext() as writer:
        counted = count_all(predictor, kept, target, save=save, ray=ray)
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


def count_images(predictor: Predictor, samples: Samples, target: Target) -> Counts:
    """Count what a model predicts on some images of a split. Raises ``UserError`` as the engine does."""
    return _pool(count_all(predictor, samples, target, save=False), target.label_space, None)[0]


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


def leave_out_training_images(model: Model, samples: Samples, split: str) -> Samples:
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
