"""Reads predictions of other programs: label maps as PNG, or scores as NumPy arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import datasets
from data.geometry import Letterbox
from data.label_space import IGNORE, LabelSpace
from data.mask_file import MaskFile, decode_mask
from data.mask_reading import Reading, readings
from data.row_chunks import row_chunks
from models.inference.score_maps import Logits, Probabilities, ScoreMap

MASKS, SCORES = (".png",), (".npy", ".npz")
ENDINGS = ("_pred", "_prediction", "_mask", "_labels", "_label")
"""What programs append to the name of a picture."""
LARGEST = 2**30
"""Bytes of one file of scores."""


def files_of(folder: Path, ids: Sequence[str]) -> tuple[dict[str, Path], list[str]]:
    """Return the file of each picture by its id, and a clause for each that is missing, superfluous or found twice.

    A file is named after the id of its picture, with one of ``ENDINGS`` perhaps; folders below are searched, too.

    Raises ``UserError`` if there is no such folder, or no file of predictions in it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; give the folder with the predictions")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in MASKS + SCORES and path.is_file()]
    if not paths:
        raise UserError(f"{folder}: has no PNG, NPY or NPZ file; a prediction is named after its picture: {ids[0]}.png")
    by_name = _by_name(ids)
    found: dict[str, list[Path]] = {}
    extra = []
    for path in paths:
        relative = path.relative_to(folder)
        one = _id_of(relative, by_name)
        if one is None:
            extra.append(f"{relative}: there is no such picture")
        else:
            found.setdefault(one, []).append(path)
    faults = [f"{one}: has no file" for one in ids if one not in found]
    several = {one: files for one, files in found.items() if len(files) > 1}
    faults += [f"{one}: has {len(files)} files, {files[0].name} and others" for one, files in several.items()]
    return {one: files[0] for one, files in found.items()}, faults + extra


def _by_name(ids: Iterable[str]) -> dict[str, str]:
    """Return the id of each name that tells one: the id itself, and its last part unless two ids share it."""
    ids = list(ids)
    last = [one.rsplit("/", 1)[-1] for one in ids]
    unique = (
        {name: one for name, one in zip(last, ids, strict=True) if last.count(name) == 1} if _has_folders(ids) else {}
    )
    return unique | {one: one for one in ids}


def _has_folders(ids: Iterable[str]) -> bool:
    return any("/" in one for one in ids)


def _id_of(relative: Path, by_name: dict[str, str]) -> str | None:
    """Return the id of the picture that a file belongs to, or None."""
    for name in (relative.with_suffix("").as_posix(), relative.stem):
        for ending in ("", *ENDINGS):
            if name.endswith(ending) and (one := by_name.get(name.removesuffix(ending) if ending else name)):
                return one
    return None


@dataclass(frozen=True)
class Reader:
    """Reads the predictions of one folder, all in the same way.

    ``reading`` says what the values of the label maps mean, by the values of all of them; None if there are only
    scores, or ``fault`` says why there is no such way.
    """

    label_space: LabelSpace
    reading: Reading | None
    fault: str = ""

    @classmethod
    def of(cls, files: Sequence[Path], label_space: LabelSpace, dataset: str) -> "Reader":
        """Find out what the values of the label maps among ``files`` mean; see ``data.mask_reading``."""
        masks = [path for path in files if path.suffix.lower() in MASKS]
        seen: set[int] = set()
        like: MaskFile | None = None
        for path in masks:
            try:
                file = _decoded(path, None, label_space)
            except UserError:
                continue  # told when it is read
            if like is None or file.colours != like.colours:
                if like is not None and not (file.positional and like.positional):
                    return cls(label_space, None)  # colours, whose values differ from file to file: read one by one
                like = like or file
            seen |= set(file.present)
        if like is None:
            return cls(label_space, None)
        if not like.positional:
            return cls(label_space, None)
        together = MaskFile(
            "the label maps", np.array([sorted(seen)], np.uint8), like.colours, like.positional, like.binary
        )
        try:
            found = readings(together, label_space, datasets.get(dataset).values)
        except UserError as error:
            return cls(label_space, None, str(error))
        if found.default is None:
            return cls(label_space, None, f"{found.question} Write class ids instead")
        return cls(label_space, found.options[found.default])

    def read(self, path: Path, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
        """Return the class ids of a prediction of ``size`` (height, width), and their probabilities if it has scores.

        Raises ``UserError`` naming the file if it is damaged, has another size, or a pixel without a class.
        """
        if path.suffix.lower() in SCORES:
            return self._read_scores(path, size)
        file = _decoded(path, size, self.label_space)
        reading = self.reading
        if reading is None:
            found = readings(file, self.label_space)
            reading = found.options[found.default or 0]
        labels = reading.labels(file)
        if missing := int((labels == IGNORE).sum()):
            first = np.argwhere(labels == IGNORE)[0]
            raise UserError(
                f"{path.name}: {missing:,} of {labels.size:,} pixels have no class, the first at x {first[1]}, "
                f"y {first[0]} with the value {file.values[tuple(first)]}"
            )
        return labels, None

    def _read_scores(self, path: Path, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        scores = _scores(path, len(self.label_space), len(self.label_space.scored))
        box = Letterbox(size, scores.shape[:2], 0, 0, scores.shape[0], scores.shape[1])
        space = self.label_space
        if scores.shape[2] < len(space):
            whole = np.zeros((*scores.shape[:2], len(space)), np.float32)
            whole[..., list(space.scored)] = scores
            scores = whole
        found = _score_map(scores, box, space)
        labels, confidence = np.empty(size, np.uint8), np.empty(size, np.float32)
        for rows in row_chunks(size):
            labels[rows], confidence[rows] = found.winners(rows)
        return labels, np.clip(confidence, 0, 1)


def _score_map(scores: NDArray[np.float32], box: Letterbox, space: LabelSpace) -> ScoreMap:
    """Return scores as probabilities if those of each pixel add up to 1, else as logits."""
    eligible = scores[..., list(space.scored)]
    sums = scores.sum(axis=2)
    if scores.min() >= 0 and np.allclose(sums, 1, atol=0.01):
        total = eligible.sum(axis=2, keepdims=True)
        return Probabilities(np.divide(scores, total, out=scores, where=total > 0), box, space.scored)
    return Logits(scores, box, space.scored)


def _decoded(path: Path, size: tuple[int, int] | None, space: LabelSpace) -> MaskFile:
    """Decode a label map. Raises ``UserError`` if it is damaged or, unless ``size`` is None, has another size."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path.name}: cannot be read ({error.strerror})") from error
    file = decode_mask(content, path.name, size, space)
    if size is not None and file.size != size:
        raise UserError(
            f"{path.name}: is turned by a quarter against its picture of {size[1]}x{size[0]} (width x height)"
        )
    return file


def _scores(path: Path, classes: int, scored: int) -> NDArray[np.float32]:
    """Return the scores in a NumPy file as ``(h, w, C)``; there may be none for void."""
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path.name}: has {path.stat().st_size / 2**30:.1f} GiB; scores of one picture may have 1 GiB")
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.lib.npyio.NpzFile):
                if len(loaded.files) != 1:
                    raise UserError(f"{path.name}: holds {len(loaded.files)} arrays; save one")
                loaded = loaded[loaded.files[0]]
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path.name}: cannot be read as a NumPy array ({error})") from error
    array = np.squeeze(loaded, 0) if loaded.ndim == 4 and loaded.shape[0] == 1 else loaded
    if array.ndim == 3 and array.dtype.kind == "f":
        for axis in (2, 0):
            if array.shape[axis] in (classes, scored):
                return np.ascontiguousarray(np.moveaxis(array, axis, 2), np.float32)
    shape = " x ".join(map(str, loaded.shape))
    raise UserError(
        f"{path.name}: is {shape} {loaded.dtype}; scores are floats, H x W x {classes} or {classes} x H x W"
    )
