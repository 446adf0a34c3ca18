"""Saves the predictions of an evaluation in the cache, where ``saved_predictions`` finds them."""

import contextlib
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from configs import disk, limits, paths
from configs.errors import UserError
from data.locks import exclusive
from data.row_chunks import row_chunks
from models.analysis.saved_predictions import FOLDER, INDEX, MAPS, STEPS, key_of
from models.metrics.counts import Counts
from models.runs.evaluation import SplitScores

PART, REPLACED = ".part-", "replaced"
LEFTOVER_SECONDS = 24 * 3600
"""Seconds after which an unfinished folder is that of a process that was killed."""

Encoded = tuple[bytes, bytes]
"""A label map and its confidence as PNGs; the latter is empty if the model does not tell it."""


def steps_of(confidence: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return confidences ``(H, W)`` from 0 to 1 in steps of 1/60, rounded up.

    >>> steps_of(np.array([[0, 1e-9, 1 / 15, 0.51, 1]], np.float32)).tolist()
    [[0, 1, 5, 31, 60]]
    """
    steps = np.empty(confidence.shape, np.uint8)
    for rows in row_chunks(confidence.shape):  # times 60 is exact in float64, so no edge moves
        steps[rows] = np.clip(np.ceil(confidence[rows].astype(np.float64) * STEPS), 0, STEPS)
    return steps


def encode(labels: NDArray[np.uint8], confidence: NDArray[np.float32] | None) -> Encoded:
    """Encode a label map and its confidence ``(H, W)``, from 0 to 1, if the model tells it."""
    return _png(labels), b"" if confidence is None else _png(steps_of(confidence))


class Writer:
    """Collects the predictions of a split, image by image; they are in place when ``keep`` has been called."""

    def __init__(self, folder: Path, maps: BinaryIO) -> None:
        """Write into the new ``folder``, which ``writing`` makes."""
        self._folder, self._maps = folder, maps
        self._ids: list[str] = []
        self._offsets, self._checksums = [0], list[int]()
        self._cells: list[NDArray[np.int64]] = []
        self._bins: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, name: str, maps: Encoded, counts: Counts) -> None:
        """Add the next image of the split: its maps as ``encode`` makes them, and what was counted in it."""
        for content in maps:
            with _explained(self._folder.parent):
                self._maps.write(content)
            self._offsets.append(self._offsets[-1] + len(content))
            self._checksums.append(zlib.crc32(content))
        confusion = counts.confusion[:-1, :-1]
        truth, predicted = np.nonzero(confusion)
        image = np.full(len(truth), len(self._ids))
        self._cells.append(np.stack([image, truth, predicted, confusion[truth, predicted]]))
        pixels, correct, _ = counts.calibration.bins()
        self._bins.append((pixels, correct))
        self._ids.append(name)

    def keep(self, precision: str | None, dataset: str, split: str, scores: SplitScores) -> Path:
        """Move the predictions to the place where ``open_saved`` finds them for these scores; return the folder."""
        home = self._folder.parent
        final = home / key_of(precision, dataset, split, scores)
        with _explained(home):
            self._maps.flush()
            os.fsync(self._maps.fileno())
            self._write_index()
            self._folder.chmod(0o755)
            with exclusive(home.with_suffix(".lock")):  # two evaluations of one model may end together
                if final.exists():
                    final.rename(Path(tempfile.mkdtemp(prefix=PART, dir=home)) / REPLACED)
                self._folder.rename(final)
                _tidy(home, final)
        return final

    def _write_index(self) -> None:
        image, truth, predicted, pixels = np.concatenate(self._cells, axis=1)
        with (self._folder / INDEX).open("wb") as file:
            np.savez(
                file,
                ids=np.array(self._ids),
                offsets=np.array(self._offsets, np.int64),
                checksums=np.array(self._checksums, np.uint32),
                image=image.astype(np.int32),
                truth=truth.astype(np.uint8),
                predicted=predicted.astype(np.uint8),
                pixels=pixels,
                bin_pixels=np.array([pixels for pixels, _ in self._bins]),
                bin_correct=np.array([correct for _, correct in self._bins]),
            )
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def writing() -> Iterator[Writer]:
    """Yield a writer; without its ``keep`` nothing is left. It raises ``UserError`` if nothing can be written."""
    home = paths.cache_dir() / FOLDER
    with _explained(home):
        home.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=PART, dir=home))
        maps = (temporary / MAPS).open("wb")
    try:
        with maps:
            yield Writer(temporary, maps)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into a ``UserError``."""
    try:
        yield
    except OSError as error:
        reason = disk.reason(error) or error.strerror or str(error)
        remedy = "$SEGDECK_CACHE can name another folder"
        raise UserError(f"{home}: the predictions can't be saved ({reason}); {remedy}") from error


def _png(array: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()


def _tidy(home: Path, kept: Path) -> None:
    """Delete what killed processes left, and the oldest predictions while all exceed the limit; ``kept`` stays."""
    sizes: dict[Path, tuple[float, int]] = {}
    for folder in home.iterdir():
        with contextlib.suppress(OSError):  # another process deletes it, too
            changed = folder.stat().st_mtime
            if not folder.name.startswith(PART):
                sizes[folder] = (changed, sum(file.stat().st_size for file in folder.iterdir()))
            elif (folder / REPLACED).exists() or changed < time.time() - LEFTOVER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    total = sum(size for _, size in sizes.values())
    for folder, (_, size) in sorted(sizes.items(), key=lambda item: item[1]):
        if total <= limits.predictions_bytes():
            break
        if folder != kept:
            shutil.rmtree(folder, ignore_errors=True)
            total -= size
