"""Trains one experiment: ``python -m train configs/pets_unet.yaml``."""

import os

from configs import paths

# Both take effect only before tensorflow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # hides its start-up notes
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # off by default on CPUs without AVX-512 VNNI

import argparse
import contextlib
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from configs import disk, installed, interrupts, schema
from configs.command_line import ArgumentParser, quiet_libraries, run
from configs.errors import UserError
from configs.schema import Experiment
from data import store
from models.architectures import check
from models.runs import in_use, registry
from train.distribution import options
from train.distribution.options import Cluster

if TYPE_CHECKING:
    from train.distribution.team import Team
    from train.run_folder import RunFolder


def main() -> int:
    """Train and evaluate one experiment in a run folder."""
    arguments = _arguments()
    cluster = options.cluster_of(arguments)
    leads = cluster is None or cluster.leads
    if leads and arguments.run_dir and arguments.run_dir.exists() and not arguments.resume:
        raise UserError(f"--run-dir {arguments.run_dir} exists already: resume it with --resume, or choose another")
    installed.demand("training", "tensorboard", os.environ.get("KERAS_BACKEND") or "tensorflow")
    experiment = schema.load(arguments.config, arguments.set, quick=arguments.quick)
    if cluster is not None:
        options.check(cluster, experiment)
    with contextlib.ExitStack() as holding:  # the run's folder, against other processes
        if arguments.resume and leads:
            holding.enter_context(in_use.held(arguments.run_dir))
        with quiet_libraries():  # the architecture imports keras, which imports tensorflow
            check(experiment)
        _check_subsets(experiment)
        data_dir = arguments.data_dir or paths.data_dir()
        # Opened first, so that a run without data leaves no folder behind.
        for split in dict.fromkeys(("train", experiment.evaluate.split)):
            store.open_split(experiment.data.dataset, split, data_dir, experiment.data.limit)
        return _train(arguments, experiment, data_dir, holding, cluster)


def _train(
    arguments: argparse.Namespace,
    experiment: Experiment,
    data_dir: Path,
    holding: contextlib.ExitStack,
    cluster: Cluster | None,
) -> int:
    with quiet_libraries():
        # Keras imports it for every backend if it is installed; here its notes are hidden.
        with contextlib.suppress(ImportError):
            import tensorflow as tf  # noqa: F401

        # Late, because keras and tensorflow take seconds to import.
        from train.distribution.team import Team
        from train.evaluation.scoring import evaluate_run
        from train.progress import Stopped
        from train.trainer import Trainer

    team = Team() if cluster is None else _join(cluster)
    folder, experiment = _open_folder(arguments, experiment, holding, team)
    path = folder.path
    try:
        folder.write_status("running", "getting ready")
        with team.working():
            trainer = Trainer(
                experiment, folder, data_dir, arguments.encoder_weights, resume=arguments.resume, team=team
            )
            print(f"training {experiment.name} into {path}" if team.leads else f"training {experiment.name}")
            trainer.run()
        if not team.leads:
            print("finished: process 0 has the run")
            return 0
        split, best = experiment.evaluate.split, trainer.progress.best_epoch
        with folder.beating(f"evaluating on {split}"):
            miou = evaluate_run(registry.find_run(str(path)), data_dir, split).splits[split].miou
        score = f"{split} mIoU {miou:.4f}" if miou is not None else f"{split} has no scored pixel, so no mIoU"
        kept = f"best in epoch {best}" if experiment.train.keep == "best" else "the last one kept"
        folder.write_status("finished", f"{folder.epoch} epochs, {kept}, {score}")
    except BaseException as error:
        if isinstance(error, Stopped | KeyboardInterrupt) or interrupts.pressed():
            message = f"stopped by the user after epoch {folder.epoch}; continue with --resume"
            if not folder.restore_finished():
                folder.write_last_status("stopped", message)
            again = f"; continue with --resume --run-dir {path}" if team.leads else ""
            print(f"stopped after epoch {folder.epoch}{again}", file=sys.stderr)
            return interrupts.STOPPED
        raise _recorded(error, folder, resume=arguments.resume) from error
    print(f"finished: {score} at the masks' own size; the run is in {path}")
    return 0


def _join(cluster: Cluster) -> "Team":
    from train.distribution import processes  # late, because it imports keras

    others = f"process {cluster.process} of {cluster.processes}"
    print(f"{others} waits for the others at {cluster.address}", file=sys.stderr)
    return processes.join(cluster)


def _open_folder(
    arguments: argparse.Namespace, experiment: Experiment, holding: contextlib.ExitStack, team: "Team"
) -> tuple["RunFolder", Experiment]:
    """Open the folder that this process writes, and return it with the config that it holds.

    Only one process of a team has the run's; the others write theirs for nobody.
    """
    from train import precision
    from train.run_folder import RunFolder

    now = datetime.now().astimezone()
    path = arguments.run_dir or paths.runs_dir() / f"{experiment.name}-{now:%Y%m%d-%H%M%S}"
    if team.leads and arguments.resume:
        return RunFolder.reopen(path, experiment)
    if not arguments.resume:
        train = experiment.train.model_copy(update={"precision": precision.resolve(experiment.train.precision)})
        experiment = experiment.model_copy(update={"train": train})
    if team.leads:
        folder = RunFolder.create(path, experiment)
        holding.enter_context(in_use.held(path))
        return folder, experiment
    aside = Path(holding.enter_context(tempfile.TemporaryDirectory())) / path.name
    return RunFolder.aside(aside, experiment, path if arguments.resume else None)


def _recorded(error: BaseException, folder: "RunFolder", *, resume: bool) -> BaseException:
    """Record in the run why its training failed, and return the error to raise.

    A new run in which nothing was trained is discarded after a user's mistake: there is nothing to resume.
    """
    discard = not resume and not folder.epoch
    if full := disk.reason(error):
        error = UserError(f"{folder.path}: {full}, then {'start again' if discard else 'continue with --resume'}")
    if isinstance(error, UserError) and discard:
        folder.discard()
    elif not folder.restore_finished():
        folder.write_last_status("failed", " ".join(str(error).split()) or type(error).__name__)
    return error


def _arguments() -> argparse.Namespace:
    parser = ArgumentParser(prog="python -m train", description="Train one experiment from its config.")
    parser.add_argument("config", type=Path, help="the experiment's YAML file")
    parser.add_argument(
        "--data-dir", type=Path, help="folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    )
    parser.add_argument("--run-dir", type=Path, help="folder of the run (default: a new one in runs/)")
    parser.add_argument(
        "--encoder-weights", type=Path, help="file with the encoder's ImageNet weights (default: download)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue the run in --run-dir after its last complete epoch"
    )
    parser.add_argument("--quick", action="store_true", help="shrink the experiment to a run of seconds")
    parser.add_argument("--set", action="append", default=[], metavar="a.b=c", help="override one value of the config")
    options.add(parser)
    arguments = parser.parse_args()
    if arguments.resume and not arguments.run_dir:
        parser.error("--resume needs --run-dir, the folder of the run to continue")
    if arguments.encoder_weights and not arguments.encoder_weights.is_file():
        parser.error(f"--encoder-weights {arguments.encoder_weights} is not a file")
    return arguments


def _check_subsets(experiment: Experiment) -> None:
    """Raise UserError before training if a subset names a class that the dataset does not score."""
    from data import datasets

    space = datasets.get(experiment.data.dataset).label_space
    for subset, names in experiment.evaluate.subsets.items():
        for name in names:
            if name not in space.names or space.names.index(name) == space.void:
                raise UserError(
                    f"{experiment.name}: evaluate.subsets.{subset}: {name!r} is not a scored class of "
                    f"{experiment.data.dataset}; those are {', '.join(space.names[index] for index in space.scored)}"
                )


if __name__ == "__main__":
    run(main)
