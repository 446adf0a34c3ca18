"""Scores a run on a split: ``python -m train.evaluate pets_unet --data-dir DIR``."""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from configs import files
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from data import store
from data.label_space import LabelSpace
from data.store import Sample, Samples
from models.inference.predictor import Predictor, class_planes, winners
from models.metrics import detection, segmentation
from models.metrics.detection import Matches
from models.metrics.regions import regions
from models.metrics.segmentation import Counts
from models.runs import registry
from models.runs.run import Run
from train.evaluation import class_statistics, float16, report

SCHEMA = 1
"""Version of the layout of ``evaluation.json``."""
ROWS_AT_ONCE = 512
"""Rows of an image whose scores exist at its own size at one time."""
WORKERS = 2
"""Images worked on at one time: while the network reads one, the other is counted."""


def main() -> int:
    """Score one run, print the table, and write what may be written."""
    arguments = _arguments()
    run = registry.find(arguments.run)
    _check_output(arguments.output)
    data_dir = arguments.data_dir or store.default_data_dir()
    _check_float16(arguments, run)
    if arguments.output is None:
        result = evaluate_run(run, data_dir, arguments.split, float16_loss=arguments.float16_loss)[arguments.split]
        written = None if run.published else run.path / "evaluation.json"
    else:
        result = score_run(run, data_dir, arguments.split)
        written = arguments.output
        _write(written, {"schema": SCHEMA, arguments.split: result})
    print(report.table(run.name, arguments.split, result))
    if (loss := result.get("float16_loss")) is not None:
        print(f"\nthe kernels' storage in float16 costs {loss:+.5f} mIoU")
    if written:
        print(f"written to {written}")
    return 0


def evaluate_run(run: Run, data_dir: Path, split: str, *, float16_loss: bool = False) -> dict[str, Any]:
    """Score a run on a split and, if it is a local one, write the result into its ``evaluation.json``.

    Results of other splits stay, as long as they are of the same weights.

    Args:
        run: A run with weights.
        data_dir: The folder with the datasets; only read.
        split: A split of the run's dataset.
        float16_loss: Whether to measure what the storage of kernels in float16 costs, too.

    Returns:
        The content of ``evaluation.json``: ``schema``, and for each split what ``score_run`` returns; of a local run
        also ``training`` (as ``training_classes.count`` returns it) and ``float16_loss`` (mIoU with float32 kernels
        minus ``miou``, None as long as it was not measured).

    Raises:
        UserError: As ``score_run``, and if the file can't be written.
    """
    result = score_run(run, data_dir, split)
    known = run.evaluation() or {}
    others = {
        name: content
        for name, content in known.items()
        if known.get("schema") == SCHEMA and isinstance(content, dict) and content.get("weights") == result["weights"]
    }
    if not run.published:
        before = others.get(split, {})
        result["training"] = before.get("training") or class_statistics.count(run, data_dir)
        result["float16_loss"] = before.get("float16_loss")
        if float16_loss:
            result["float16_loss"] = float16.loss(run, result["miou"], data_dir, split)
    document = {"schema": SCHEMA, **others, split: result}
    if not run.published:
        _write(run.path / "evaluation.json", document)
    return document


def score_run(run: Run, data_dir: Path, split: str) -> dict[str, Any]:
    """Score a run on a split, with OpenVINO in float32 and at the size of each mask.

    Images that the run was trained on are left out, by the hashes of their content.

    Returns:
        What ``evaluation.json`` holds for a split: ``images`` (count, digest of their contents, left_out), ``size``
        (``mask``: scored at the masks' own size), all that ``report.scores`` returns, ``detection`` (as
        ``report.detection_scores`` returns it; None if the dataset has no boxes), ``per_image`` (id, miou, and tp, fp,
        fn in the order of ``classes``), ``weights`` (their SHA-256), ``engine`` and ``date``.

    Raises:
        UserError: If the data, the run's weights or its list of training images can't be had, or no image is left.
    """
    experiment = run.experiment
    subsets = _subset_positions(run)
    samples = store.open_split(experiment.data.dataset, split, data_dir, experiment.data.limit)
    kept = _leave_out_training_images(run, samples, split)
    predictor = Predictor.load(run, "float32")
    weights = files.sha256(run.weights)
    pooled, found = Counts.none(samples.label_space), Matches.none(samples.label_space)
    per_image, boxes = [], False
    for name, counts, matches in _count_all(predictor, kept, split):
        pooled += counts
        per_image.append(report.image_scores(name, counts))
        if matches is not None:
            found, boxes = found + matches, True
    smallest = experiment.evaluate.smallest_object
    return {
        "images": {"count": len(kept), "digest": kept.digest, "left_out": len(samples) - len(kept)},
        "size": "mask",
        **report.scores(pooled, samples.label_space, subsets),
        "detection": report.detection_scores(found, samples.label_space, smallest) if boxes else None,
        "per_image": per_image,
        "weights": weights,
        "engine": f"OpenVINO {version('openvino')} {predictor.precision}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _count_all(predictor: Predictor, samples: Samples, split: str) -> Iterator[tuple[str, Counts, Matches | None]]:
    """Count every image, in order."""

    def work(index: int) -> tuple[str, Counts, Matches | None]:
        sample = samples[index]
        return sample.id, *_count(predictor, sample, samples.label_space)

    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(work, range(len(samples)))
        # disable=None: no bar where nobody watches
        yield from tqdm(results, f"evaluating on {split}", len(samples), unit=" images", leave=False, disable=None)


def _count(predictor: Predictor, sample: Sample, label_space: LabelSpace) -> tuple[Counts, Matches | None]:
    """Predict one image at its own size, count it, and match its objects with the true boxes if it has any."""
    scores, place = predictor.network_scores(sample.image)  # (h, w, C)
    planes = class_planes(scores, label_space.scored)
    labels = np.empty(sample.mask.shape, np.uint8)
    confidence: NDArray[np.float32] = np.empty(sample.mask.shape, np.float32)
    for top in range(0, len(labels), ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        labels[rows], confidence[rows] = winners(planes, place, rows)
    counts = segmentation.count(sample.mask, labels, confidence, label_space)
    if sample.boxes is None:
        return counts, None
    smallest = predictor.run.experiment.evaluate.smallest_object
    found, _ = regions(labels, np.rint(confidence * 255).astype(np.uint8), label_space, smallest)
    return counts, detection.match(found, sample.boxes, label_space)


def _leave_out_training_images(run: Run, samples: Samples, split: str) -> Samples:
    """Return the samples that the run was not trained on; say how many are left out."""
    path = run.path / "train_images.txt"
    try:
        trained_on = frozenset(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: can't be read, so nobody knows which images {run.name} was trained on; train it again"
        ) from error
    kept = [index for index, digest in enumerate(samples.hashes) if digest not in trained_on]
    if not kept:
        raise UserError(
            f"{run.name} was trained on every image of the split {split!r}, so its scores there would mean nothing; "
            "choose another with --split"
        )
    if left_out := len(samples) - len(kept):
        print(f"left out {left_out} of {len(samples)} images: {run.name} was trained on them", file=sys.stderr)
    return samples.subset(kept)


def _subset_positions(run: Run) -> dict[str, list[int]]:
    """Return, for each subset of the config, the positions of its classes among the scored ones."""
    space = run.label_space
    subsets = {}
    for subset, names in run.experiment.evaluate.subsets.items():
        ids = [space.id_of(name) for name in names]
        if space.void in ids:
            raise UserError(f"{run.name}: evaluate.subsets.{subset}: {space.names[space.void]!r} is never scored")
        subsets[subset] = [space.scored.index(ident) for ident in ids]
    return subsets


def _write(path: Path, document: dict[str, Any]) -> None:
    """Write an evaluation as JSON."""
    try:
        files.write_text(path, report.to_json(document))
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error.strerror})") from error


def _check_float16(arguments: argparse.Namespace, run: Run) -> None:
    """Refuse to measure the loss by float16 where it could not be written down."""
    if arguments.float16_loss and (run.published or arguments.output):
        raise UserError(
            "--float16-loss: is written into the local run that a model was published from; name that, without --output"
        )


def _check_output(output: Path | None) -> None:
    """Refuse an output that can't be written, before the work is done."""
    if output is None:
        return
    folder = output.parent
    if output.is_dir():
        raise UserError(f"--output {output}: is a folder; give the name of a JSON file")
    if not folder.is_dir():
        raise UserError(f"--output {output}: there is no folder {folder}; make it first")
    if not os.access(folder, os.W_OK):
        raise UserError(f"--output {output}: the folder {folder} can't be written to")
    if registry.zoo_dir().resolve() in output.resolve().parents:
        raise UserError(
            f"--output {output}: published models are not changed; choose a file outside {registry.zoo_dir()}"
        )


def _arguments() -> argparse.Namespace:
    parser = ArgumentParser(prog="python -m train.evaluate", description="Score a run or published model on a split.")
    parser.add_argument("run", metavar="NAME_OR_RUN", help="name of a model, or the folder of a run")
    parser.add_argument(
        "--data-dir", type=Path, help="folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    )
    parser.add_argument("--split", default="val", help="split of the run's dataset (default: val)")
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="write there, and not into the run")
    parser.add_argument(
        "--float16-loss", action="store_true", help="also measure what float16 kernels cost, by the run's checkpoint"
    )
    return parser.parse_args()


if __name__ == "__main__":
    run_main(main)
