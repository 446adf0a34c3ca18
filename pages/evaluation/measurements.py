"""Measurements of the images of a split: made once in the background for all visitors, and kept in the cache."""

import functools
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import streamlit as st

from configs import files, paths
from configs.errors import UserError
from data import decode
from data.image_measures import MEASURES, VERSION, measure
from data.store import Samples
from models.metrics.segmentation import Floats
from pages.shared.ui import memory

POLL_SECONDS = 0.2
Measurements = Mapping[str, Floats]
"""For each of ``MEASURES`` the values ``(N,)`` of the images of some samples, in their order."""


class Job:
    """Measures the images of a split in a thread of its own, which goes on if the visitor leaves.

    Attributes:
        done: Number of images that are measured.
        values: The measurements, once all are made.
        problem: Why they could not be made; empty if they could.
        stored: Whether they are in the cache.
    """

    def __init__(self, samples: Samples) -> None:
        self.done, self.problem, self.stored = 0, "", False
        self.values: Measurements | None = None
        self.total, self._file = len(samples), file_of(samples)
        self._thread = threading.Thread(target=self._work, args=(samples,), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is not done yet."""
        return self._thread.is_alive()

    def _work(self, samples: Samples) -> None:
        try:
            self.values = measured(samples, self._count)
            _store(self._file, self.values)
            self.stored = True
        except UserError as error:
            self.problem = str(error)
        except OSError:  # the cache can't be written; the values are here
            return

    def _count(self) -> None:
        self.done += 1


_JOBS: dict[Path, Job] = {}
_LOCK = threading.Lock()


def of(samples: Samples) -> Measurements:
    """Return the measurements of images; if they are not there yet, show how far they are until they are.

    Raises ``UserError`` if an image can't be read.
    """
    file = file_of(samples)
    if (known := _stored(file, len(samples))) is not None:
        return known
    with _LOCK:
        if file not in _JOBS:
            _JOBS[file] = Job(samples)
        job = _JOBS[file]
    if job.running:
        place = st.empty()
        while job.running:
            told = f"Measuring the photographs, once for all visits: {job.done:,} of {job.total:,}"
            place.progress(job.done / max(job.total, 1), told)
            time.sleep(POLL_SECONDS)
        place.empty()
    if job.stored or job.values is None:  # from now on the file tells, or the next look tries again
        _JOBS.pop(file, None)
    if job.values is None:
        raise UserError(job.problem or "the photographs could not be measured")
    return job.values


def measured(samples: Samples, told: Callable[[], None] = lambda: None) -> Measurements:
    """Measure images one by one, and call ``told`` after each."""
    rows = []
    for index in range(len(samples)):
        with memory.share(decode.cost(samples.encoded(index))):
            sample = samples[index]
            rows.append(measure(sample.image, sample.mask, samples.label_space))
        told()
    return dict(zip(MEASURES, np.array(rows, np.float64).reshape(-1, len(MEASURES)).T, strict=True))


def file_of(samples: Samples) -> Path:
    """Return where the measurements are kept: by the built dataset, and by which of its images in which order."""
    images = sha256("\n".join(samples.ids).encode()).hexdigest()[:32]
    name = f"{samples.directory.name}_{samples.split}_{images}_{VERSION}.npy"
    return paths.cache_dir() / "image_measures" / name


def _store(file: Path, values: Measurements) -> None:
    with files.replacing(file) as temporary, temporary.open("wb") as opened:
        np.save(opened, np.stack([values[name] for name in MEASURES]))


def _stored(file: Path, images: int) -> Measurements | None:
    """Return what a file has; None if it is missing or damaged."""
    try:
        values = _read(file, file.stat().st_mtime_ns)
    except (OSError, EOFError, ValueError):
        return None
    return dict(zip(MEASURES, values, strict=True)) if values.shape == (len(MEASURES), images) else None


@functools.lru_cache(maxsize=32)
def _read(file: Path, changed: int) -> Floats:
    with file.open("rb") as opened:
        return np.asarray(np.load(opened), np.float64)
