"""Runs a clip through several models and writes the results; an interrupted job is continued."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from configs import limits
from data import video
from models.inference import parallel
from models.inference.predictor import Predictor
from models.video import job as jobs
from models.video.options import Options, Outcome
from models.video.segment import Predicted, Writer
from models.video.threads import Behind, ahead

AHEAD, BEHIND = 1, 1
"""Frames that are decoded before they are needed, and predicted ones that wait to be written.

Besides, ``parallel.in_order`` has a few that are being predicted or have been.
"""


def process(
    clip: Path,
    models: Sequence[Predictor],
    folder: Path,
    options: Options | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: threading.Event | None = None,
) -> Outcome:
    """Predict every frame of a clip with several models, and write the results into a folder.

    Decoding, the networks, and all that is done with their output overlap. Whatever ends the work, frames of complete
    segments are kept: a further call with the same arguments continues after them, and its results are those of an
    uninterrupted one.

    Args:
        clip: The file.
        models: The models, each with another name.
        folder: Where the results go; it need not exist.
        options: How they are written.
        progress: Called after each frame with the number of frames that are done and that there seem to be.
        stop: Ends the work soon after it is set.

    Raises:
        UserError: If the clip can't be read or exceeds a limit, the folder can't be used or holds a job with other
            settings, or an engine fails.
        OSError: If a result can't be written, as on a full disk.
    """
    options, stop, most = options or Options(), stop or threading.Event(), limits.clips()
    looked_at = video.inspect(clip, most)
    with jobs.opened(looked_at, models, folder, options) as job:
        reader = video.Reader(clip, most, skip=max(0, job.done - 1))
        last = _write(reader, job, progress, stop)
        if last is None:
            return Outcome(folder, job.done, job.done, False, ())
        notes = ["its sound is left out"] if looked_at.audio else []
        notes += reader.remarks
        job.finish(notes)
        return Outcome(folder, last, job.done, True, tuple(notes))


def _write(
    reader: video.Reader, job: jobs.Job, progress: Callable[[int, int], None], stop: threading.Event
) -> int | None:
    """Write the segments that are missing; return how many frames there are, or None if the work was stopped."""
    writer = Writer(job.work, job.clip, [predictor.model for predictor in job.predictors], job.options)
    behind = Behind(writer.add, BEHIND)
    done, complete = job.done, False
    at_once = max(predictor.streams for predictor in job.predictors)

    def predict(frame: video.Frame) -> Predicted:
        scores = tuple(predictor.score_map(frame.image) for predictor in job.predictors)
        return Predicted(frame, scores, known=frame.index < job.done)

    try:
        with (
            ahead(reader, AHEAD) as frames,
            contextlib.closing(parallel.in_order(predict, frames, at_once)) as predictions,
        ):
            for predicted in predictions:
                if stop.is_set():
                    return None
                behind.put(predicted)
                done = predicted.frame.index + 1
                progress(done, max(done, job.clip.frames))
        behind.finish()
        writer.finish()
        complete = True
    finally:
        if not complete:
            behind.abandon()
        writer.close()
    return done
