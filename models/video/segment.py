"""Writes a clip's results in segments: each is a folder that is moved into place when it is complete."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.label_maps import quick_palette_png
from data.video import Clip, Frame
from models.inference.score_maps import ScoreMap, decide
from models.metrics import temporal
from models.runs.familiarity import Verdict
from models.runs.model import Model
from models.video.drawing import Comparison
from models.video.encoding import SUFFIX, Encoder
from models.video.figures import TABLES, Figures, Observer, Tables
from models.video.options import Options

COMPARISON, LABELS, RECORD = "comparison.mp4", "labels", "segment.json"


@dataclass(frozen=True)
class Predicted:
    """A frame and what each model says about it; ``known`` if it is in an earlier segment already."""

    frame: Frame
    scores: tuple[ScoreMap, ...]
    known: bool = False


class Segment:
    """The results of consecutive frames, in a folder that is not in its place yet."""

    def __init__(
        self, folder: Path, clip: Clip, models: Sequence[Model], options: Options, picture: Comparison
    ) -> None:
        """Create the folder and the files in it."""
        self.folder, self._clip, self._models, self._options, self._picture = folder, clip, models, options, picture
        self.times: list[int] = []
        self._counts = [np.zeros((len(model.label_space),) * 2, np.int64) for model in models]
        self._tables = Tables(models)
        for model in models if options.labels == "png" else ():
            (folder / LABELS / model.name).mkdir(parents=True)
        (folder / LABELS).mkdir(parents=True, exist_ok=True)
        self._lines = {name: (folder / name).open("w", encoding="utf-8") for name in TABLES}
        self._comparison = Encoder(folder / COMPARISON, "pictures", picture.size, options.quality)
        self._videos = [
            Encoder(folder / LABELS / f"{model.name}{SUFFIX['labels']}", "labels", clip.size)
            for model in (models if options.labels == "video" else ())
        ]

    def tasks(self, frame: Frame, labels: Sequence[NDArray[np.uint8]]) -> list[Callable[[], None]]:
        """Return what there is to do for the next frame and its label maps ``(H, W)``, one per model, at once.

        Its figures come on top.
        """

        def draw() -> None:
            self._comparison.add(self._picture.draw(frame.image, labels, self._options.opacity))

        def png(model: Model, plane: NDArray[np.uint8]) -> None:
            path = self.folder / LABELS / model.name / f"{frame.index:06}.png"
            path.write_bytes(quick_palette_png(plane, model.label_space))

        tasks: list[Callable[[], None]] = [draw]
        if self._options.labels == "png":
            tasks += [lambda pair=pair: png(*pair) for pair in zip(self._models, labels, strict=True)]  # type: ignore[misc]
        tasks += [lambda pair=pair: pair[0].add(pair[1]) for pair in zip(self._videos, labels, strict=False)]  # type: ignore[misc]
        return tasks

    def record(self, frame: Frame, figures: Figures, verdicts: Sequence[Verdict | None]) -> None:
        """Write down the time and the figures of the next frame, and the models' verdicts on it."""
        self.times.append(frame.pts)
        seconds = float(frame.pts * self._clip.time_base)
        for name, text in self._tables.lines(frame.index, seconds, figures, verdicts).items():
            self._lines[name].write(text)
        if figures.counts is not None and figures.compared >= temporal.CUT:
            self._counts = [total + counts for total, counts in zip(self._counts, figures.counts, strict=True)]

    def finish(self, place: Path) -> None:
        """Complete the files and move the folder into its place."""
        for encoder in (self._comparison, *self._videos):
            encoder.finish()
        for file in self._lines.values():
            file.close()
        counts = {model.name: total.tolist() for model, total in zip(self._models, self._counts, strict=True)}
        (self.folder / RECORD).write_text(json.dumps({"times": self.times, "counts": counts}))
        for path in self.folder.rglob("*"):
            _sync(path)
        self.folder.replace(place)
        _sync(place.parent)

    def abandon(self) -> None:
        """Close the files and remove the folder."""
        for encoder in (self._comparison, *self._videos):
            with contextlib.suppress(Exception):  # whatever is wrong has been raised before
                encoder.abandon()
        for file in self._lines.values():
            with contextlib.suppress(OSError):
                file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Writer:
    """Writes one predicted frame after another, in one segment after another."""

    def __init__(self, folder: Path, clip: Clip, models: Sequence[Model], options: Options) -> None:
        """Prepare to write segments into a folder."""
        self._folder, self._clip, self._models, self._options = folder, clip, models, options
        spaces = [model.label_space for model in models]
        self._picture = Comparison(clip.size, [model.name for model in models], spaces, options.longest)
        self._observer = Observer(models)
        self._segment: Segment | None = None
        self._threads = ThreadPoolExecutor(2 + len(models), "writing")

    def add(self, predicted: Predicted) -> None:
        """Write a frame; the last one of a segment completes it."""
        frame, image = predicted.frame, predicted.frame.image
        labels = list(self._threads.map(lambda scores: decide(scores)[0], predicted.scores))
        if predicted.known:
            self._observer.remember(image, labels)
            return
        if self._segment is None:
            part = self._folder / f".{frame.index:08}.part"
            self._segment = Segment(part, self._clip, self._models, self._options, self._picture)
        work = [self._threads.submit(task) for task in self._segment.tasks(frame, labels)]
        figures = self._threads.submit(self._observer.look, image, labels)
        for one in work:
            one.result()
        self._segment.record(frame, figures.result(), [scores.verdict for scores in predicted.scores])
        if len(self._segment.times) == self._options.segment:
            self.finish()

    def finish(self) -> None:
        """Complete the segment that has been begun, if there is one."""
        if self._segment is not None:
            name = self._segment.folder.name.removeprefix(".").removesuffix(".part")
            self._segment.finish(self._folder / name)
            self._segment = None

    def close(self) -> None:
        """End the threads; a segment that is not complete is removed."""
        self._threads.shutdown()
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None


def _sync(path: Path) -> None:
    """Let the content of a file or folder reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
