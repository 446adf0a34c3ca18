"""Lists where models contradict the masks: ``python -m train.suspicious_truth MODEL MODEL --output FOLDER``."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from configs import csv_tables, files, paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from data import content, datasets, progress, store
from data.store import Samples
from models.analysis import saved_predictions, suspicious_truth, truth_exports
from models.analysis.judged_images import JudgedImages
from models.analysis.saved_predictions import SavedPredictions
from models.analysis.suspicious_truth import Findings, Options
from models.runs import in_use, registry
from models.runs.evaluation import Evaluation
from models.runs.model import Model
from train.evaluation import scoring

DEFAULTS = Options()


def main() -> int:
    """Search a split, and write the regions as ``regions.csv`` and ``coco.json``."""
    arguments = _arguments()
    if arguments.most < 1:
        raise UserError(f"--most {arguments.most}: must be at least 1")
    models = [registry.find(name) for name in arguments.models]
    dataset = arguments.dataset or models[0].dataset.name
    for model in models:
        if model.dataset.name != dataset:
            raise UserError(
                f"{model.name} predicts the classes of {model.dataset.name}, not of {dataset}; leave it out"
            )
        if sum(other.name == model.name for other in models) > 1:
            raise UserError(f"two models are called {model.name}; name each once, as the lists go by their names")
    if arguments.output.exists() and not arguments.output.is_dir():
        raise UserError(f"--output {arguments.output}: is a file; give the name of a folder")
    data_dir, names = arguments.data_dir or paths.data_dir(), [model.name for model in models]
    findings, count = search(models, data_dir, arguments.split, Options(most=arguments.most))
    space = datasets.get(dataset).label_space
    pairs = store.find_pairs(datasets.get(dataset), data_dir)[arguments.split]
    document = truth_exports.coco(findings.regions, names, space, files={pair.id: pair.image.name for pair in pairs})
    table = truth_exports.table(findings.regions, names, space)
    try:
        files.write_text(arguments.output / "regions.csv", csv_tables.of_table(table))
        files.write_text(arguments.output / "coco.json", json.dumps(document))
    except OSError as error:
        raise UserError(f"--output {arguments.output}: can't be written ({error.strerror})") from error
    print(table.drop(columns="verdict").head(20).to_string(index=False))
    left_out = f", {findings.left_out} less suspicious ones left out" if findings.left_out else ""
    print(f"\n{len(findings.regions)} regions in {len(findings.images)} of {count} images{left_out}")
    print(f"written to {arguments.output}")
    return 0


def search(models: Sequence[Model], data_dir: Path, split: str, options: Options = DEFAULTS) -> tuple[Findings, int]:
    """Search a split of the models' dataset; return what was found, and how many images were searched.

    Raises ``UserError`` as ``judged_images``.
    """
    images = judged_images(models, data_dir, split)
    first = progress.counted(images, "looking where the models are right", len(images))
    limits = suspicious_truth.thresholds(first, len(models))
    second = progress.counted(images, "comparing the masks with the predictions", len(images))
    return suspicious_truth.find(second, limits, models[0].label_space, options), len(images)


def judged_images(models: Sequence[Model], data_dir: Path, split: str) -> JudgedImages:
    """Return the masks of a split of the models' dataset beside their predictions; those that are missing are made.

    Raises ``UserError`` as ``scoring.evaluate_run``, if a model does not tell its confidence, and if the models have no
    image in common.
    """
    samples = store.open_split(models[0].dataset.name, split, data_dir)
    saved = [_saved(model, data_dir, samples) for model in models]
    for model, one in zip(models, saved, strict=True):
        if not one.bin_pixels.any():
            raise UserError(f"{model.name} does not tell how confident it is; leave it out")
    return JudgedImages(samples, saved)


def _saved(model: Model, data_dir: Path, samples: Samples) -> SavedPredictions:
    """Return the saved predictions of a model for images of its own dataset; score it to make them."""
    for evaluation in (model.evaluation_here(), model.evaluation()):
        if found := _open(model, evaluation, samples):
            return found
    with in_use.held(model.path, shared=True):
        evaluation = scoring.evaluate_run(model, data_dir, samples.split, save=True)
    if found := _open(model, evaluation.of(model.precision), samples):
        return found
    raise UserError(f"{model.name}: another program changed its saved predictions meanwhile; try again")


def _open(model: Model, evaluation: Evaluation | None, samples: Samples) -> SavedPredictions | None:
    """Return the predictions behind the scores of a model's present weights on the present images."""
    scores = evaluation.splits.get(samples.split) if evaluation else None
    if scores is None or scores.weights != model.digest():
        return None
    ids = {image.id for image in scores.per_image}
    present = [digest for image, digest in zip(samples.ids, samples.hashes, strict=True) if image in ids]
    if len(present) < len(ids) or content.digest(present) != scores.images.digest:
        return None
    return saved_predictions.open_saved(model.precision, model.dataset.name, samples.split, scores)


def _arguments() -> argparse.Namespace:
    about = "List the regions of masks that confident models contradict. No mask is changed."
    parser = ArgumentParser(prog="python -m train.suspicious_truth", description=about)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names of models, or folders of runs; two or more")
    datasets_folder = "folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets_folder)
    parser.add_argument("--dataset", metavar="NAME", help="the dataset (default: that of the models)")
    parser.add_argument("--split", default="val", help="split of the dataset (default: val)")
    parser.add_argument("--output", type=Path, metavar="FOLDER", required=True, help="where to write the lists")
    most = f"how many regions are listed, the most suspicious ones (default: {DEFAULTS.most})"
    parser.add_argument("--most", type=int, default=DEFAULTS.most, metavar="N", help=most)
    return parser.parse_args()


if __name__ == "__main__":
    run_main(main)
