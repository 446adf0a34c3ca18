"""Predicts label maps for an image, a folder of images, or a clip.

    python -m models.predict --model NAME_OR_RUN [--model ...] --input FILE_OR_FOLDER --output FOLDER

Each picture gives ``<stem>.png`` in the output folder: 8-bit, one channel with the label space's palette, the size of
the upright picture, value = class id. With several models, each has a folder of its name there. Of an animation or a
multi-page file only the first frame or page is used, and a note says so. What a clip gives is in docs/video_files.md.
For a model that can tell pictures unlike its training pictures, ``familiarity.csv`` has the verdict on each.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from configs import installed
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from data import decode, progress, video_files
from models.inference import familiarity_table, parallel, picture_files, ray_options
from models.inference.formats import REQUESTABLE
from models.inference.loading import load_predictor
from models.inference.picture_files import Outcome, predict_one
from models.inference.predictor import Predictor
from models.inference.ray_options import RayOptions
from models.runs import registry
from models.runs.familiarity import Verdict
from models.runs.model import Model
from models.video.options import LABELS, Options


def find_pictures(source: Path) -> list[Path]:
    """List the pictures to predict: ``source`` itself, or those in the folder ``source`` but not below it.

    A file in a folder counts as a picture if its suffix or its first bytes are those of one; hidden files never do.

    Raises:
        UserError: If ``source`` does not exist or can't be read, or the folder has no picture.
    """
    if source.is_file():
        return [source]
    try:
        files = sorted(path for path in source.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        raise UserError(f"{source}: there is no such file or folder; give a picture or a folder of pictures") from None
    except OSError as error:
        reason = error.strerror
        raise UserError(f"{source}: cannot be read ({reason}); give a picture or a folder of pictures") from error
    pictures = [path for path in files if path.suffix.lower() in decode.SUFFIXES or decode.starts_like_picture(path)]
    if not pictures:
        raise UserError(f"{source}: has no picture in it; {decode.NAMES} are read, folders below are not")
    return pictures


def plan(pictures: list[Path], source: Path, output: Path) -> dict[Path, Path]:
    """Assign each picture of ``source`` the file of its label map in ``output``, which need not exist yet.

    Raises:
        UserError: If two pictures would have the same label map, or a picture would be overwritten, or ``output`` can't
            be written to.
    """
    by_stem = defaultdict(list)
    for picture in pictures:
        by_stem[picture.stem].append(picture.name)
    for stem, names in by_stem.items():
        if len(names) > 1:
            raise UserError(f"{source}: {' and '.join(names)} would both become {stem}.png; rename all but one")
    targets = {picture: output / f"{picture.stem}.png" for picture in pictures}
    if source.is_dir() and _same(output, source):
        raise UserError(f"{output}: is the input folder too; give another folder for the label maps")
    for picture, target in targets.items():
        if _same(target, picture):
            raise UserError(f"{target}: is the picture itself; give another folder for the label maps")
    existing = next(folder for folder in (output.absolute(), *output.absolute().parents) if folder.exists())
    if not existing.is_dir():
        raise UserError(f"{existing}: is a file; give a folder for the label maps")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"{existing}: may not be written to; give another folder for the label maps")
    return targets


def predict_all(
    predictor: Predictor, targets: dict[Path, Path], ray: RayOptions | None = None
) -> tuple[dict[Path, str], list[str], dict[str, Verdict]]:
    """Predict and write every label map; return why pictures failed, notes on those of several frames, and verdicts.

    ``predictor`` predicts them here; with ``ray``, workers load one of their own, of the same model and precision.
    """
    if ray is None:
        outcomes: Iterator[Outcome] = parallel.in_order(
            lambda paths: predict_one(predictor, *paths), targets.items(), parallel.threads(len(targets))
        )
    else:
        from models.inference import ray_workers  # late, because it is not needed otherwise

        make = partial(picture_files.PictureWorker, predictor.model, predictor.precision)
        outcomes = ray_workers.mapped(make, [(one.absolute(), other.absolute()) for one, other in targets.items()], ray)
    counted = progress.counted(outcomes, "predicting", len(targets), unit="pictures")
    done = dict(zip(targets, counted, strict=True))
    failures = {picture: outcome.failure for picture, outcome in done.items() if outcome.failure}
    notes = [outcome.note for outcome in done.values() if outcome.note]
    verdicts = {picture.name: outcome.verdict for picture, outcome in done.items() if outcome.verdict is not None}
    return failures, notes, verdicts


def is_clip(source: Path) -> bool:
    """Return whether a file is a clip: by its content if it begins like one or like a picture, else by its suffix."""
    return source.is_file() and video_files.looks_like_video(source) and not decode.starts_like_picture(source)


def find_models(names: Sequence[str]) -> list[Model]:
    """Find models; one that is given twice counts once. Raises ``UserError`` if two have the same name."""
    by_name: dict[str, Model] = {}
    for model in map(registry.find, names):
        other = by_name.setdefault(model.name, model)
        if other.path.resolve() != model.path.resolve():
            raise UserError(f"{other.path} and {model.path}: are both called {model.name!r}; rename one of them")
    return list(by_name.values())


def predict_pictures(predictors: Sequence[Predictor], source: Path, output: Path, ray: RayOptions | None = None) -> int:
    """Predict a picture or a folder of pictures, with ``ray`` in processes of a cluster; return the exit code."""
    pictures = find_pictures(source)
    several = len(predictors) > 1
    folders = [output / predictor.model.name if several else output for predictor in predictors]
    plans = [plan(pictures, source, folder) for folder in folders]
    for number, (predictor, targets) in enumerate(zip(predictors, plans, strict=True)):
        failures, notes, verdicts = predict_all(predictor, targets, ray)
        if failures and source.is_file():
            raise UserError(failures[source])
        if number == 0:  # they are the same for every model
            for note in notes:
                print(f"note: {note}", file=sys.stderr)
            for reason in failures.values():
                print(f"error: {reason}", file=sys.stderr)
        print(f"{len(targets) - len(failures)} of {len(targets)} label maps are in {folders[number]}")
        if predictor.familiarity_fault:
            print(f"note: {predictor.familiarity_fault}", file=sys.stderr)
        if verdicts:
            print(familiarity_table.write(folders[number], predictor.model.name, verdicts))
    return 1 if failures else 0


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m models.predict", description="Predict label maps of pictures or a clip.")
    parser.add_argument(
        "--model",
        required=True,
        action="append",
        help="name of a published model or of a run, or a run's folder; give it again for further models",
    )
    parser.add_argument("--input", required=True, type=Path, help="a picture, a folder of pictures, or a clip")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results, such as <stem>.png each")
    parser.add_argument("--precision", choices=REQUESTABLE, default="auto")
    parser.add_argument("--labels", choices=LABELS, help="how the label maps of a clip are written (png)")
    ray_options.add(parser)
    arguments = parser.parse_args()
    ray = ray_options.options_of(arguments)
    models = find_models(arguments.model)
    clip, pictures = is_clip(arguments.input), list[Path]()
    if arguments.labels and not clip:
        raise UserError(f"--labels is for clips, which {arguments.input} is not; leave it out")
    if ray and not arguments.input.is_dir():
        raise UserError(f"--ray is for folders of pictures, which {arguments.input} is not; leave it out")
    if clip:
        installed.demand("Reading a clip", "av")
        from models.video import command as clips  # late, because it needs av

        clips.check(arguments.input, arguments.output)
    else:
        pictures = find_pictures(arguments.input)
        plan(pictures, arguments.input, arguments.output)
    streams = parallel.clip_streams() if clip else parallel.streams(len(pictures))
    predictors = [load_predictor(model, arguments.precision, streams) for model in models]
    if clip:
        return clips.predict(arguments.input, predictors, arguments.output, Options(labels=arguments.labels or "png"))
    return predict_pictures(predictors, arguments.input, arguments.output, ray)


def _same(one: Path, other: Path) -> bool:
    """Return whether two paths are the same file or folder, following links."""
    return one.exists() and one.samefile(other)


if __name__ == "__main__":
    run(main)
