"""Reads the scores of every class that another program wrote as NumPy arrays, and decides on the classes."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data.geometry import Letterbox
from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from models.inference.score_maps import Logits, Probabilities, ScoreMap

LARGEST = 2**30
"""Bytes of the scores of one picture."""


def read(path: Path, size: tuple[int, int], space: LabelSpace) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the class ids of a picture of ``size`` (height, width) and their probabilities.

    Scores of another size are resized bilinearly before the decision, as those of a network are.

    Raises ``UserError`` naming the file if it is damaged or does not hold such scores.
    """
    scores = _channels_last(_array(path), path.name, size, space)
    found = _score_map(scores, size, space)
    labels, confidence = np.empty(size, np.uint8), np.empty(size, np.float32)
    for rows in row_chunks(size):
        labels[rows], confidence[rows] = found.winners(rows)
    return labels, np.clip(confidence, 0, 1)


def _score_map(scores: NDArray[np.float32], size: tuple[int, int], space: LabelSpace) -> ScoreMap:
    """Return scores ``(h, w, C)`` as probabilities if those of each pixel add up to 1, else as logits."""
    box = Letterbox(size, (scores.shape[0], scores.shape[1]), 0, 0, scores.shape[0], scores.shape[1])
    are_probabilities = scores.min() >= 0 and np.allclose(scores.sum(axis=2), 1, atol=0.01)
    if scores.shape[2] < len(space):
        whole = np.zeros((*scores.shape[:2], len(space)), np.float32)
        whole[..., list(space.scored)] = scores
        scores = whole
    if not are_probabilities:
        return Logits(scores, box, space.scored)
    total = scores[..., list(space.scored)].sum(axis=2, keepdims=True)
    scaled = np.asarray(scores / np.where(total > 0, total, 1), np.float32)
    return Probabilities(scaled, box, space.scored)


def _channels_last(
    array: NDArray[np.generic], name: str, size: tuple[int, int], space: LabelSpace
) -> NDArray[np.float32]:
    """Return scores as ``(h, w, C)`` float32; there may be none for void."""
    shape = " x ".join(map(str, array.shape))
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    counts = (len(space), len(space.scored))
    axes = [axis for axis in (2, 0) if array.ndim == 3 and array.shape[axis] in counts]
    if not axes or array.dtype.kind != "f" or 0 in array.shape:
        raise UserError(
            f"{name}: is {shape} {array.dtype}; scores are floats, H x W x {counts[0]} or {counts[0]} x H x W, and "
            "label maps are saved as PNG"
        )

    def misfit(axis: int) -> float:
        """Return how far the proportions are from the picture's if ``axis`` has the classes."""
        height, width = (length for other, length in enumerate(array.shape) if other != axis)
        return abs(float(np.log(height * size[1] / (width * size[0]))))

    scores = np.ascontiguousarray(np.moveaxis(array, min(axes, key=misfit), 2), np.float32)
    if not np.isfinite(scores).all():
        y, x, _ = np.argwhere(~np.isfinite(scores))[0]
        raise UserError(f"{name}: holds scores that are not finite, the first at x {x}, y {y}")
    return scores


def _array(path: Path) -> NDArray[np.generic]:
    """Load the only array in a file, as far as memory is bounded. Raises ``UserError`` if there is none."""
    try:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as members:
                names = [member.filename for member in members.infolist()]
                stored = sum(member.file_size for member in members.infolist())
            if len(names) != 1:
                raise UserError(f"{path.name}: holds {len(names)} arrays ({', '.join(names[:4])}); save one")
        else:
            stored = path.stat().st_size
        if stored > LARGEST:
            raise UserError(f"{path.name}: has {stored / 2**30:.1f} GiB; scores of one picture may have 1 GiB")
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped, so that a false header allocates nothing
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                return np.asarray(loaded[loaded.files[0]])
        return np.asarray(loaded)
    except (OSError, ValueError, EOFError, MemoryError, KeyError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0][:100]
        raise UserError(f"{path.name}: cannot be read as a NumPy array ({reason})") from error
