"""Scores a run on a split of its dataset, with OpenVINO in float32 and at the size of each mask."""

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs import files
from configs.errors import UserError
from data import progress, store
from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from data.store import Sample, Samples
from models.inference.predictor import Predictor, class_planes, winners
from models.metrics import detection, segmentation
from models.metrics.detection import Matches
from models.metrics.regions import regions
from models.metrics.segmentation import Counts
from models.runs.evaluation import SCHEMA, Evaluation, Images, SplitScores
from models.runs.run import Run
from train.evaluation import class_statistics, float16, report

WORKERS = 2
"""Images worked on at one time: while the network reads one, the other is counted."""


def evaluate_run(run: Run, data_dir: Path, split: str, *, float16_loss: bool = False) -> Evaluation:
    """Score a run on a split and, if the run is local, write the scores into its ``evaluation.json``.

    Scores of other splits are kept if they belong to the same weights.

    Returns:
        The content of ``evaluation.json``. For a local run, the scores include ``training`` and, if it was measured now
        or before, ``float16_loss``.

    Raises:
        UserError: As ``score_run``, and if the file can't be written.
    """
    scores = score_run(run, data_dir, split)
    known = run.evaluation()
    others = known.splits if known and known.layout == SCHEMA else {}
    others = {name: other for name, other in others.items() if other.weights == scores.weights}
    if not run.published:
        before = others.get(split, SplitScores())
        loss = float16_loss_of(run, scores.miou, data_dir, split) if float16_loss else before.float16_loss
        training = before.training or class_statistics.count(run, data_dir)
        scores = scores.model_copy(update={"training": training, "float16_loss": loss})
    evaluation = Evaluation(splits={**others, split: scores})
    if not run.published:
        write(run.path / "evaluation.json", evaluation)
    return evaluation


def score_run(run: Run, data_dir: Path, split: str) -> SplitScores:
    """Score a run on a split, with OpenVINO in float32 and at the size of each mask.

    Images that the run was trained on are skipped; they are recognised by the hashes of their contents.

    Raises:
        UserError: If the data, the run's weights or its list of training images can't be read, or no image is left.
    """
    experiment = run.experiment
    subsets = _subset_positions(run)
    samples = store.open_split(experiment.data.dataset, split, data_dir, experiment.data.limit)
    kept = _leave_out_training_images(run, samples, split)
    predictor = Predictor.load(run, "float32")
    weights = files.sha256(run.weights)
    pooled, matches = Counts.none(samples.label_space), Matches.none(samples.label_space)
    per_image, has_boxes = [], False
    for name, counts, image_matches in _count_all(predictor, kept, split):
        pooled += counts
        per_image.append(report.image_scores(name, counts))
        if image_matches is not None:
            matches, has_boxes = matches + image_matches, True
    smallest = experiment.evaluate.smallest_object
    scores = report.split_scores(
        pooled,
        samples.label_space,
        subsets,
        images=Images(count=len(kept), digest=kept.digest, left_out=len(samples) - len(kept)),
        per_image=per_image,
        detection=report.detection_scores(matches, samples.label_space, smallest) if has_boxes else None,
    )
    engine = f"OpenVINO {version('openvino')} {predictor.precision}"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return scores.model_copy(update={"weights": weights, "engine": engine, "date": date})


def float16_loss_of(run: Run, miou: float | None, data_dir: Path, split: str) -> float | None:
    """Return the mIoU of a local run with float32 kernels minus ``miou``, that with float16 kernels.

    Returns None if either is undefined. Raises ``UserError`` if the checkpoint is missing, and as ``score_run``.
    """
    with tempfile.TemporaryDirectory() as folder:
        exact = score_run(float16.exact_run(run, Path(folder) / run.name), data_dir, split).miou
    return None if exact is None or miou is None else exact - miou


def _count_all(predictor: Predictor, samples: Samples, split: str) -> Iterator[tuple[str, Counts, Matches | None]]:
    """Count every image, in order."""

    def work(index: int) -> tuple[str, Counts, Matches | None]:
        sample = samples[index]
        return sample.id, *_count(predictor, sample, samples.label_space)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(work, range(len(samples)))
        yield from progress.counted(results, f"evaluating on {split}", len(samples))


def _count(predictor: Predictor, sample: Sample, label_space: LabelSpace) -> tuple[Counts, Matches | None]:
    """Predict one image at its own size, count it, and match its objects with the true boxes if it has any."""
    scores, box = predictor.network_scores(sample.image)  # (h, w, C)
    planes = class_planes(scores, label_space.scored)
    labels = np.empty(sample.mask.shape, np.uint8)
    confidence: NDArray[np.float32] = np.empty(sample.mask.shape, np.float32)
    for rows in row_chunks(labels.shape):
        labels[rows], confidence[rows] = winners(planes, box, rows)
    counts = segmentation.count(sample.mask, labels, confidence, label_space)
    if sample.boxes is None:
        return counts, None
    smallest = predictor.run.experiment.evaluate.smallest_object
    found, _ = regions(labels, np.rint(confidence * 255).astype(np.uint8), label_space, smallest)
    return counts, detection.match(found, sample.boxes, label_space)


def _leave_out_training_images(run: Run, samples: Samples, split: str) -> Samples:
    """Return the samples that the run was not trained on; print how many are left out."""
    path = run.path / "train_images.txt"
    try:
        trained_on = frozenset(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: can't be read, so the images that {run.name} was trained on are unknown; train it again"
        ) from error
    kept = [index for index, digest in enumerate(samples.hashes) if digest not in trained_on]
    if not kept:
        raise UserError(
            f"{run.name} was trained on every image of the split {split!r}, so scores on it would be meaningless; "
            "choose another with --split"
        )
    if left_out := len(samples) - len(kept):
        print(f"left out {left_out} of {len(samples)} images: {run.name} was trained on them", file=sys.stderr)
    return samples.subset(kept)


def _subset_positions(run: Run) -> dict[str, list[int]]:
    """Return the positions among the scored classes for each subset that the config names."""
    space = run.label_space
    subsets = {}
    for subset, names in run.experiment.evaluate.subsets.items():
        ids = [space.id_of(name) for name in names]
        if space.void in ids:
            raise UserError(f"{run.name}: evaluate.subsets.{subset}: {space.names[space.void]!r} is never scored")
        subsets[subset] = [space.scored.index(class_id) for class_id in ids]
    return subsets


def write(path: Path, evaluation: Evaluation) -> None:
    """Write an evaluation as JSON. Raises ``UserError`` if the file can't be written."""
    try:
        files.write_text(path, report.to_json(evaluation.document()))
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error.strerror})") from error
