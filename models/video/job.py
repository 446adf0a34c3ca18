"""The state of a clip's job on disk: what is done, with which settings, and how it becomes the results.

While a job is unfinished, its segments lie in the hidden folder ``.unfinished`` of the results' folder. Once the
results are complete, it gets another name before it is removed, so that what a kill leaves of it is no job to continue.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from configs.errors import UserError
from configs.files import leftovers, replacing, write_text
from data.locks import folder_lock
from data.video import Clip
from models.inference.predictor import Predictor
from models.runs import familiarity
from models.video import results, summary
from models.video.encoding import SUFFIX, join
from models.video.figures import TABLES, Tables
from models.video.options import Options
from models.video.results import SUMMARY
from models.video.segment import COMPARISON, LABELS, RECORD

UNFINISHED, DONE, SETTINGS = ".unfinished", ".unfinished.done", "job.json"
RESULTS = (COMPARISON, LABELS, *TABLES, SUMMARY)
"""What a finished job leaves in its folder."""


@dataclass
class Job:
    """An unfinished job.

    Attributes:
        folder: Where the results will be.
        done: How many frames are in complete segments.
    """

    clip: Clip
    predictors: Sequence[Predictor]
    folder: Path
    options: Options
    done: int = 0

    @property
    def work(self) -> Path:
        """The folder of the segments."""
        return self.folder / UNFINISHED

    def segments(self) -> list[Path]:
        """List the complete segments, in the order of their frames."""
        return sorted(path for path in self.work.iterdir() if path.name.isdecimal())

    def finish(self, notes: Sequence[str]) -> None:
        """Turn the segments into the results, and remove them; after an interruption, this may be done again."""
        segments, models = self.segments(), [predictor.model for predictor in self.predictors]
        records = [json.loads((segment / RECORD).read_text()) for segment in segments]
        times = [time for record in records for time in record["times"]]
        self._join(segments, COMPARISON, times)
        for model in models if self.options.labels == "video" else ():
            self._join(segments, f"{LABELS}/{model.name}{SUFFIX['labels']}", times)
        for model in models if self.options.labels == "png" else ():
            target = self.folder / LABELS / model.name
            target.mkdir(parents=True, exist_ok=True)
            for segment in segments:
                for path in (segment / LABELS / model.name).iterdir():
                    path.replace(target / path.name)
        for name, header in Tables(models).headers().items():
            if any((segment / name).stat().st_size for segment in segments):  # a table without rows says nothing
                with replacing(self.folder / name) as path, path.open("w", encoding="utf-8") as table:
                    table.write(header)
                    table.writelines((segment / name).read_text(encoding="utf-8") for segment in segments)
        content = summary.summarise(self.folder, self.clip, self.predictors, times, records, notes)
        write_text(self.folder / SUMMARY, results.dump(content))
        self.work.rename(self.folder / DONE)
        _remove_done(self.folder)

    def _join(self, segments: Sequence[Path], name: str, times: Sequence[int]) -> None:
        with replacing(self.folder / name) as path:
            join([segment / name for segment in segments], times, self.clip.time_base, path)


@contextlib.contextmanager
def opened(clip: Clip, predictors: Sequence[Predictor], folder: Path, options: Options) -> Iterator[Job]:
    """Begin a job, or continue the one that was interrupted in this folder; it is this process's during the block.

    Raises:
        UserError: If the folder holds other results or an unfinished job with other settings, or another process works
            in it, or it can't be written to.
    """
    job = Job(clip, predictors, folder, options)
    names = [predictor.model.name for predictor in predictors]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"the model {name!r} is given {names.count(name)} times; give each model once")
    check_free(folder)
    try:
        job.work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to ({error.strerror}); give another folder") from error
    try:
        with folder_lock(job.work):
            _settle(job)
            yield job
    except BlockingIOError:
        raise UserError(
            f"{folder}: another process is working on its clip; wait for it, or give another folder"
        ) from None


def check_free(folder: Path) -> None:
    """Raise ``UserError`` if a folder holds results, unless an unfinished job is there, too.

    What a killed process has left of a finished job is removed.
    """
    _remove_done(folder)
    if (folder / UNFINISHED).is_dir():
        return
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; give a folder for the results")
    for name in RESULTS:
        if (folder / name).exists():
            raise UserError(f"{folder / name}: is there already; give a folder without results")


def _remove_done(folder: Path) -> None:
    """Remove the segments of a finished job; what can't be removed does no harm."""
    shutil.rmtree(folder / DONE, ignore_errors=True)


def _settle(job: Job) -> None:
    """Write the settings of a new job, or check that they are those of the interrupted one and count its frames."""
    settings, file = _settings(job), job.work / SETTINGS
    if file.exists():
        try:
            earlier = json.loads(file.read_text())
        except ValueError:
            earlier = {}
        for key, value in settings.items():
            if earlier.get(key) != value:
                unfinished = f"holds an unfinished job with other settings ({key}: {earlier.get(key)}, not {value})"
                raise UserError(f"{job.folder}: {unfinished}; repeat those, or give another folder")
    else:
        write_text(file, json.dumps(settings, indent=2))
    for path in job.work.glob(".*.part"):
        shutil.rmtree(path, ignore_errors=True)
    for path in _results(job):  # what a killed process had not moved into place
        for leftover in leftovers(path):
            leftover.unlink(missing_ok=True)
    job.done = sum(len(json.loads((segment / RECORD).read_text())["times"]) for segment in job.segments())


def _results(job: Job) -> list[Path]:
    """Return the files that a finished job leaves, but single label maps."""
    videos = [f"{LABELS}/{predictor.model.name}{SUFFIX['labels']}" for predictor in job.predictors]
    return [job.folder / name for name in (COMPARISON, *videos, *TABLES, SUMMARY)]


def _settings(job: Job) -> dict[str, Any]:
    """Return all that the results depend on."""
    models = {
        f"model {number}": f"{predictor.model.name} ({predictor.engine}, {predictor.model.digest()[:16]})"
        for number, predictor in enumerate(job.predictors, 1)
    }
    familiar = {
        f"familiarity {number}": familiarity.digest(predictor.model)[:16]
        for number, predictor in enumerate(job.predictors, 1)
    }
    programs = {name: version(name) for name in ("av", "opencv-python-headless")}
    count = {"models": len(job.predictors)}
    return {"clip": fingerprint(job.clip.path), **count, **models, **familiar, **asdict(job.options), **programs}


def fingerprint(path: Path) -> str:
    """Return what tells a clip from others: its size and a hash of its first and last megabyte."""
    size, part = path.stat().st_size, 1 << 20
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(part))
        file.seek(max(0, size - part))
        digest.update(file.read(part))
    return f"{size} bytes, {digest.hexdigest()[:16]}"
