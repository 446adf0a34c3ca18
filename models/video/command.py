"""The part of ``python -m models.predict`` that predicts clips."""

import sys
from collections.abc import Sequence
from pathlib import Path

from configs import disk, limits
from configs.errors import UserError
from data import progress, video
from models.inference.predictor import Predictor
from models.video import job, results
from models.video.options import Options
from models.video.process import process


def check(clip: Path, folder: Path) -> None:
    """Raise ``UserError`` if a clip or the results' folder can't be used; to be called before models are loaded."""
    video.inspect(clip, limits.clips())
    job.check_free(folder)


def predict(clip: Path, predictors: Sequence[Predictor], folder: Path, options: Options) -> int:
    """Predict a clip, show how far it is, and return the exit code.

    Raises ``UserError`` as ``process`` does, and where a result can't be written.
    """
    with progress.bar("predicting", None, " frames") as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            if bar.n == 0 and done > 1:
                bar.initial = done - 1  # the rest of an interrupted job says nothing about the speed of this one
                bar.n = done - 1
            bar.update(done - bar.n)

        try:
            outcome = process(clip, predictors, folder, options, show)
        except OSError as error:
            full = disk.reason(error)
            reason = full or error.strerror or str(error)
            raise UserError(f"{folder}: {reason}; what is complete is kept, and the same command continues") from error
    for model in results.load(outcome.folder).models if outcome.finished else ():
        if model.unlike is not None:
            count = round(model.unlike * outcome.frames)
            print(f"{count} of {outcome.frames} frames are unlike the pictures that {model.name} was trained on")
    for note in outcome.notes:
        print(f"note: {clip}: {note}", file=sys.stderr)
    again = f", {outcome.resumed} of them from an earlier call" if outcome.resumed else ""
    print(f"{outcome.frames} frames{again} are in {outcome.folder}")
    return 0
