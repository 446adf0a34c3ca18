"""Writes a report on models to hand on: ``python -m train.report MODEL ... --output report.html``."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from models.runs import registry
from models.runs.model import Model
from train.reporting import content, pictures, writing
from train.reporting.content import Report
from train.reporting.pictures import Gallery


def main() -> int:
    """Write one report from the stored scores of some models."""
    parser = ArgumentParser(prog="python -m train.report", description="Write a report on models to hand on.")
    parser.add_argument("models", nargs="+", metavar="NAME_OR_RUN", help="names of models, or folders of runs")
    parser.add_argument("--dataset", metavar="NAME", help="dataset they were scored on (default: the first model's)")
    parser.add_argument("--split", default="val", help="split of the dataset (default: val)")
    output = "file to write: .html, or .md, which has its tables beside it as .csv"
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help=output)
    parser.add_argument("--question", default="", help="what the report answers (default: which model is better)")
    data = "folder with the datasets, for the pictures (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=data)
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="show pictures although the data's licence is not open; you are responsible for that",
    )
    parser.add_argument("--no-pictures", action="store_true", help="show none")
    arguments = parser.parse_args()
    path: Path = arguments.output
    if path.suffix not in {".html", ".md"}:
        raise UserError(f"--output {path}: the name must end in .html or .md")
    if not path.parent.is_dir():
        raise UserError(f"--output {path}: there is no folder {path.parent}; make it first")
    models = list({model.identity: model for model in map(registry.find, arguments.models)}.values())
    report = content.collect(models, arguments.dataset, arguments.split, arguments.question)
    command = _command(arguments, models)
    if path.suffix == ".md":
        tables = writing.write_markdown(path, report, command)
        print(f"written to {', '.join(map(str, [path, *tables]))}")
        return 0
    gallery = _gallery(report, arguments.data_dir or paths.data_dir(), arguments.pictures, arguments.no_pictures)
    if gallery.reason:
        print(f"without pictures: {gallery.reason}", file=sys.stderr)
    writing.write_html(path, report, gallery, command)
    print(f"written to {path}")
    return 0


def _command(arguments: argparse.Namespace, models: Sequence[Model]) -> str:
    """Return the command that writes the same report, without the folders of this computer."""
    here = Path.cwd()
    folders = [model.path.relative_to(here) if here in model.path.parents else Path(model.name) for model in models]
    names = [
        model.name if model.published else str(folder.with_name(model.name))  # the folder does not tell the precision
        for model, folder in zip(models, folders, strict=True)
    ]
    options = ["--dataset", arguments.dataset] if arguments.dataset else []
    options += ["--split", arguments.split] if arguments.split != "val" else []
    options += ["--question", arguments.question] if arguments.question else []
    options += [option for option in ("--pictures", "--no-pictures") if vars(arguments)[option[2:].replace("-", "_")]]
    return shlex.join(["python", "-m", "train.report", *names, *options, "--output", arguments.output.name])


def _gallery(report: Report, data_dir: Path, allowed: bool, refused: bool) -> Gallery:
    if refused:
        return Gallery({}, reason="None were asked for.")
    licence = report.dataset.licence
    if not allowed and not pictures.is_open(licence):
        return Gallery({}, reason=f"The licence of the pictures ({licence}) is not an open one; --pictures shows them.")
    return pictures.gallery(report, data_dir)


if __name__ == "__main__":
    run_main(main)
