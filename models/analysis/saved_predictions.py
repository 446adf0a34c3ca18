"""The predictions that an evaluation saved: for each scored image its label map, its confidence, and what they count.

They lie in the cache, one folder for each model, split and set of scored classes, and are found by what the scores say
of themselves. What is damaged, or belongs to other scores, counts as not there: the next evaluation saves it anew.
"""

import contextlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from models.metrics.calibration import BINS
from models.runs.evaluation import SplitScores

FOLDER, INDEX, MAPS = "predictions", "index.npz", "maps.bin"
VERSION = 1
"""Incremented whenever the files change their meaning."""
STEPS = 60
"""Steps of the stored confidence: a multiple of the bins, so that each bin can be told from it exactly."""


@dataclass(frozen=True)
class Cells:
    """The confusion of every image, without zeros: parallel arrays ``(K,)``, ordered by image.

    ``truth`` and ``predicted`` are positions among the scored classes, as in ``SplitScores.confusion``.
    """

    image: NDArray[np.int32]
    truth: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    pixels: NDArray[np.int64]


@dataclass(frozen=True)
class SavedPredictions:
    """Saved predictions of ``N`` images, in the order of ``SplitScores.per_image``; maps are read when asked for.

    ``bin_pixels`` and ``bin_correct`` ``(N, 15)`` count the scored pixels of each bin of the confidence, and those of
    them that are right; both are 0 if the model does not tell its confidence. ``state`` is that of the file they were
    read from, as ``state`` returns it: predictions that are saved anew have another one.
    """

    folder: Path
    state: str
    ids: tuple[str, ...]
    cells: Cells
    bin_pixels: NDArray[np.int64]
    bin_correct: NDArray[np.int64]
    _offsets: NDArray[np.int64]  # (2 N + 1,) where each PNG begins in the file of maps
    _checksums: NDArray[np.uint32]  # (2 N,)

    def labels(self, index: int, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Return the label map ``(H, W)`` of an image that was scored: ids of the scored label space.

        Raises ``UserError`` if the file is damaged or gone, or the map has another ``size`` than that of the mask.
        """
        found = self._read(2 * index)
        if found is None:
            self._damaged(index)
        self._check_size(index, found, size)
        return found

    def confidence(self, index: int, size: tuple[int, int] | None = None) -> NDArray[np.uint8] | None:
        """Return the confidence ``(H, W)`` in steps of 1/60, rounded up; None if the model does not tell it.

        ``bin_of`` gives the bin. Raises as ``labels``.
        """
        found = self._read(2 * index + 1)
        if found is not None:
            self._check_size(index, found, size)
        return found

    def _check_size(self, index: int, plane: NDArray[np.uint8], size: tuple[int, int] | None) -> None:
        """Raise ``UserError`` unless a plane has this size (height, width); photographs may have exchanged names."""
        if size is not None and plane.shape != size:
            has, wanted = (f"{width}x{height}" for height, width in (plane.shape, size))
            raise UserError(
                f"{self.ids[index]}: the prediction saved for this name is {has}, its mask is {wanted} (width x "
                "height); score the model again"
            )

    def _read(self, position: int) -> NDArray[np.uint8] | None:
        start, end = (int(offset) for offset in self._offsets[position : position + 2])
        if start == end:
            return None
        try:
            with (self.folder / MAPS).open("rb") as file:
                file.seek(start)
                content = file.read(end - start)
        except FileNotFoundError:
            self._damaged(position // 2)
        except OSError as error:  # such as too many open files: nothing is wrong with the predictions
            raise UserError(f"{self.folder / MAPS}: cannot be read ({error.strerror})") from error
        if zlib.crc32(content) != self._checksums[position]:
            self._damaged(position // 2)
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        return np.asarray(decoded, np.uint8)

    def _damaged(self, index: int) -> NoReturn:
        with contextlib.suppress(OSError):
            if _state(self.folder / INDEX) == self.state:  # not if others were saved since these were opened
                (self.folder / INDEX).unlink()  # it is not there from now on
        raise UserError(f"{self.folder}: the prediction of {self.ids[index]} is damaged; predict the images again")


def key_of(precision: str | None, dataset: str, split: str, scores: SplitScores) -> str:
    """Return what names the folder of the predictions that gave these scores.

    ``precision`` is that of the model, None for the usual one; ``dataset`` and ``split`` are those that were scored.
    """
    classes = [[entry.name, entry.model_classes, entry.dataset_classes] for entry in scores.classes]
    facts = [VERSION, scores.weights, precision or "float32", dataset, split, scores.images.digest, classes]
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]


def open_saved(precision: str | None, dataset: str, split: str, scores: SplitScores) -> SavedPredictions | None:
    """Return the predictions that gave these scores, or None if they were not saved; arguments as of ``key_of``.

    The counts are compared with the scores, so that what is returned agrees with them to the pixel.
    """
    folder = paths.cache_dir() / FOLDER / key_of(precision, dataset, split, scores)
    try:
        saved = _open(folder)
    except (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None
    return saved if saved is not None and _agree(saved, scores) else None


def state(precision: str | None, dataset: str, split: str, scores: SplitScores) -> str:
    """Return what changes whenever predictions of these scores are saved, and is empty if there are none.

    Arguments as of ``key_of``. It costs much less than ``open_saved``.
    """
    index = paths.cache_dir() / FOLDER / key_of(precision, dataset, split, scores) / INDEX
    return _state(index)


def _state(index: Path) -> str:
    try:
        found = index.stat()
    except OSError:
        return ""
    return f"{index} {found.st_ino} {found.st_mtime_ns}"


def bin_of(steps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the bin, 0 to 14, that a confidence in steps of 1/60 lies in: ``(k / 15, (k + 1) / 15]``; 0 is in bin 0.

    >>> bin_of(np.array([0, 1, 4, 5, 60], np.uint8)).tolist()
    [0, 0, 0, 1, 14]
    """
    width = STEPS // BINS
    return (np.maximum(steps, 1) - np.uint8(1)) // np.uint8(width)


def _open(folder: Path) -> SavedPredictions | None:
    """Read the index of a folder; None if its file of maps has another length."""
    state = _state(folder / INDEX)  # before it is read: if it is replaced meanwhile, it is opened again
    with (folder / INDEX).open("rb") as file, np.load(file) as index:
        cells = Cells(*(index[name] for name in ("image", "truth", "predicted", "pixels")))
        saved = SavedPredictions(
            folder,
            state,
            tuple(index["ids"].tolist()),
            cells,
            index["bin_pixels"],
            index["bin_correct"],
            index["offsets"],
            index["checksums"],
        )
    return saved if (folder / MAPS).stat().st_size == saved._offsets[-1] else None


def _agree(saved: SavedPredictions, scores: SplitScores) -> bool:
    """Return whether predictions are those of these images, and count to their confusion and calibration."""
    if saved.ids != tuple(image.id for image in scores.per_image):
        return False
    confusion, cells = np.zeros(2 * (len(scores.classes),), np.int64), saved.cells
    np.add.at(confusion, (cells.truth, cells.predicted), cells.pixels)
    bins = [entry.pixels for entry in scores.calibration] or BINS * [0]
    return (
        confusion.tolist() == [list(row) for row in scores.confusion] and saved.bin_pixels.sum(axis=0).tolist() == bins
    )
