"""Scores a model on a split of its dataset or another: ``python -m train.evaluate pets_unet --data-dir DIR``."""

import argparse
import os
from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from models.inference import ray_options
from models.inference.formats import PRECISIONS
from models.runs import in_use, registry
from models.runs.evaluation import Evaluation
from models.runs.run import Run
from train.evaluation import report, scoring
from train.evaluation.target import target_of


def main() -> int:
    """Score one model, print the table, and write the scores into its folder, or beside the runs if published."""
    arguments = _arguments()
    ray = ray_options.options_of(arguments)
    run = registry.find(arguments.run)
    if arguments.precision != "float32":
        run = registry.in_precision(run, arguments.precision)
    if arguments.output is not None:
        _check_output(arguments.output)
    if arguments.float16_loss and (run.published or arguments.output):
        raise UserError(
            "--float16-loss: the loss is stored in the local run that a model was published from; name that run, "
            "without --output"
        )
    data_dir = arguments.data_dir or paths.data_dir()
    target = target_of(run, arguments.dataset, arguments.classes_map)
    if arguments.float16_loss and not (target.is_own and isinstance(run, Run) and run.precision is None):
        raise UserError(
            "--float16-loss: the loss is that of a trained run in float32 on its own dataset; leave out --dataset and "
            "--precision, or name a run"
        )
    key = target.key(arguments.split)
    with in_use.held(run.path, shared=True):
        if arguments.output is None:
            evaluation = scoring.evaluate_run(
                run,
                data_dir,
                arguments.split,
                target=target,
                float16_loss=arguments.float16_loss,
                save=arguments.save_predictions,
                ray=ray,
            )
            written = run.scores_file
        else:
            found = scoring.score_model(
                run, data_dir, arguments.split, target, save=arguments.save_predictions, ray=ray
            )
            evaluation = Evaluation().including(key, found, run.precision)
            written = arguments.output
            scoring.write(written, evaluation)
    scores = evaluation.of(run.precision).splits[key]
    print(report.table(run.name, key, scores))
    if target.shared is not None:
        print(f"\n{report.shared_classes(scores, target.dataset.title)}")
    if groups := report.groups(scores, target.dataset):
        print(f"\n{groups}")
    if scores.float16_loss is not None:
        print(f"\nstoring the kernels in float16 costs {scores.float16_loss:+.5f} mIoU")
    print(f"written to {written}")
    return 0


def _check_output(output: Path) -> None:
    """Raise ``UserError`` if the output can't be written, before the evaluation starts."""
    folder = output.parent
    if output.is_dir():
        raise UserError(f"--output {output}: is a folder; give the name of a JSON file")
    if not folder.is_dir():
        raise UserError(f"--output {output}: there is no folder {folder}; make it first")
    if not os.access(folder, os.W_OK):
        raise UserError(f"--output {output}: the folder {folder} can't be written to")
    if paths.zoo_dir().resolve() in output.resolve().parents:
        raise UserError(f"--output {output}: published models are not changed; choose a file outside {paths.zoo_dir()}")


def _arguments() -> argparse.Namespace:
    parser = ArgumentParser(prog="python -m train.evaluate", description="Score a model on a split of a dataset.")
    parser.add_argument("run", metavar="NAME_OR_RUN", help="name of a model, or the folder of a run")
    datasets = "folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets)
    parser.add_argument("--split", default="val", help="split of the dataset (default: val)")
    other = "score on another dataset than the model's own, in the classes that both distinguish"
    parser.add_argument("--dataset", metavar="NAME", help=other)
    kept = "precision to score a run in; each has scores of its own in the file (default: float32)"
    parser.add_argument("--precision", choices=PRECISIONS, default="float32", help=kept)
    meaning = "YAML that says what classes of the model mean there: a class of the dataset, or a list of concepts"
    parser.add_argument("--classes-map", type=Path, metavar="FILE", help=meaning)
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="write there instead of into the run")
    save = "keep what the model predicts in the cache, so that the Evaluation page can show the pixels behind a figure"
    parser.add_argument("--save-predictions", action="store_true", help=save)
    loss = "also measure the loss through float16 kernels, with the run's checkpoint"
    parser.add_argument("--float16-loss", action="store_true", help=loss)
    ray_options.add(parser)
    return parser.parse_args()


if __name__ == "__main__":
    run_main(main)
