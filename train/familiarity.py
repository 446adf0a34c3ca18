"""Fits what tells pictures unlike those a run was trained on: ``python -m train.familiarity pets_unet --data-dir DIR``.

It writes ``familiarity.json`` into the run's folder, and for a published model renews its card and checksums.
"""

from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from configs.files import write_text
from models.runs import familiarity, in_use, registry, weights
from models.runs.familiarity import Familiarity
from models.runs.run import Run
from train.evaluation import familiarity as fitting
from train.publishing import model_card

PICTURES = 600
"""Pictures of each of the run's splits, unless asked for otherwise."""


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(
        prog="python -m train.familiarity", description="Fit what tells pictures unlike those a run was trained on."
    )
    parser.add_argument("run", metavar="NAME_OR_RUN", help="name of a run, or its folder")
    datasets = "folder with the run's dataset and at least one other (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets)
    pictures = f"most pictures of each of the run's splits; of each other dataset a third of that (default: {PICTURES})"
    parser.add_argument("--pictures", type=int, default=PICTURES, metavar="N", help=pictures)
    arguments = parser.parse_args()
    if arguments.pictures < fitting.FEWEST:
        raise UserError(f"--pictures {arguments.pictures}: must be at least {fitting.FEWEST}")
    run = registry.find_run(arguments.run)
    with in_use.held(run.path):
        if run.published:
            weights.verify(run.path, but=model_card.CARD)
        made = fitting.make(run, arguments.data_dir or paths.data_dir(), arguments.pictures)
        write(run, made)
        if run.published:
            weights.renew_checksums(run.path, familiarity.file_of(run).name)
            model_card.renew(run)
    print(table(run.name, made))
    print(f"written to {familiarity.file_of(run)}")
    return 0


def write(run: Run, made: Familiarity) -> None:
    """Write the file of a run. Raises ``UserError`` if it can't be written."""
    file = familiarity.file_of(run)
    try:
        write_text(file, made.model_dump_json(by_alias=True) + "\n")
    except OSError as error:
        raise UserError(f"{file}: can't be written ({error.strerror or error})") from error


def table(name: str, made: Familiarity) -> str:
    """Return how well pictures are told, as text."""
    share = f"{made.false_alarms:.1%} of the {made.images.count} pictures of {made.split}"
    columns = ("pictures", "AUROC", "unseen", "told", "own objects", "AUROC")
    lines = [f"{name}: {share} are beyond the threshold", f"{'':24}" + "".join(f"{title:>12}" for title in columns)]
    for one in made.others:
        values = (one.pictures, one.auroc, one.auroc_unseen, one.told, one.showing, one.auroc_showing)
        lines.append(f"{one.title:24}" + "".join(f"{_figure(value):>12}" for value in values))
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    run_main(main)
