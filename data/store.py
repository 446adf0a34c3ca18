"""Open a dataset: build it once, then read samples by index, without tensorflow."""

import functools
import os
import shlex
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from configs import disk, paths
from configs.errors import UserError
from data import built, content, datasets, decode, locks
from data.dataset import Dataset, Pair
from data.label_space import LabelSpace


@dataclass(frozen=True)
class Sample:
    """One image with its mask.

    The image is ``(H, W, 3)`` RGB, upright, the mask ``(H, W)`` ids of the label space, void included. ``boxes``
    ``(N, 5)`` has id, left, top, width and height of each object in pixels of the mask, or is None if the dataset does
    not distinguish objects.
    """

    id: str
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    boxes: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Samples(Sequence[Sample]):
    """Samples of one split, decoded on access; picklable, and safe to read from several threads.

    For each sample there are its id, the SHA-256 of its image file and the position of its record in ``directory``.
    """

    directory: Path
    split: str
    label_space: LabelSpace
    ids: tuple[str, ...]
    hashes: tuple[str, ...]
    positions: tuple[int, ...]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> "Samples": ...
    def __getitem__(self, index: int | slice) -> "Sample | Samples":
        """Return one sample, or the samples of a slice."""
        if isinstance(index, slice):
            return self.subset(range(len(self))[index])
        record = self._record(index)
        try:
            image = decode.decode(record["image"], self.ids[index])
        except decode.ImageError as error:
            built.damaged(self.directory, f"the image {self.ids[index]}", error)
        mask = self._decoded_mask(record, index)
        if mask.shape != image.shape[:2]:
            has, wanted = (f"{width}x{height}" for height, width in (mask.shape[:2], image.shape[:2]))
            built.damaged(self.directory, f"the mask {self.ids[index]} of {has} for its image of {wanted}", None)
        return Sample(self.ids[index], image, mask, record.get("boxes"))

    def encoded(self, index: int) -> bytes:
        """Return the image file of one sample."""
        return bytes(self._record(index)["image"])

    def mask(self, index: int) -> NDArray[np.uint8]:
        """Return the mask of one sample, ``(H, W)`` uint8, without decoding its image."""
        return self._decoded_mask(self._record(index), index)

    def class_pixels(self) -> NDArray[np.int64]:
        """Return the pixels of each class in each mask, ``(N, C)``, void included, as counted by the build."""
        try:
            return _class_pixels(self.directory, self.split)[list(self.positions)]
        except (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
            built.damaged(self.directory, content.CLASS_PIXELS, error)

    @property
    def digest(self) -> str:
        """One SHA-256 of all images, independent of their order and names."""
        return content.digest(self.hashes)

    def subset(self, indices: Iterable[int]) -> "Samples":
        """Return the samples at ``indices``, in that order."""
        chosen = list(indices)
        return replace(
            self,
            ids=tuple(self.ids[index] for index in chosen),
            hashes=tuple(self.hashes[index] for index in chosen),
            positions=tuple(self.positions[index] for index in chosen),
        )

    def _record(self, index: int) -> dict[str, Any]:
        position = self.positions[index]  # an IndexError ends an iteration
        try:
            record: dict[str, Any] = _records(self.directory, self.split, os.getpid())[position]
        except Exception as error:  # noqa: BLE001 - TFDS and ArrayRecord raise anything from KeyError to RuntimeError
            built.damaged(self.directory, f"record {position} of {self.split}", error)
        return record

    def _decoded_mask(self, record: dict[str, Any], index: int) -> NDArray[np.uint8]:
        mask = cv2.imdecode(np.frombuffer(record["mask"], np.uint8), cv2.IMREAD_UNCHANGED)
        if mask is None:
            built.damaged(self.directory, f"the mask {self.ids[index]}", None)
        return np.asarray(mask, np.uint8)


def open_split(dataset: str, split: str, data_dir: Path, limit: int | None = None, *, build: bool = True) -> Samples:
    """Open a split, building the dataset first if that has not been done for these very files.

    ``data_dir`` is only read. At most ``limit`` samples are returned, spread evenly over the split.

    Raises:
        UserError: If there is no such dataset or split, if its files are missing (the message has the command that gets
            them), if a file is invalid (the message names it), or without ``build`` if the dataset has not been built.
    """
    splits = open_all(dataset, data_dir, build=build)
    if split not in splits:
        raise UserError(f"{dataset} has no split {split!r} in {data_dir}; it has {', '.join(splits)}")
    samples = splits[split]
    if limit is None or limit >= len(samples):
        return samples
    return samples.subset(index * len(samples) // limit for index in range(limit))


def open_all(dataset: str, data_dir: Path, *, build: bool = True) -> dict[str, Samples]:
    """Open every split of a dataset; arguments and errors are those of ``open_split``."""
    description = datasets.get(dataset)
    splits = find_pairs(description, data_dir)
    directory, hashes = build_once(description, splits) if build else _built(description, splits, data_dir)
    return {
        split: Samples(
            directory,
            split,
            description.label_space,
            ids=tuple(pair.id for pair in members),
            hashes=tuple(hashes[pair.image] for pair in members),
            positions=tuple(range(len(members))),
        )
        for split, members in splits.items()
    }


def find_pairs(dataset: Dataset, data_dir: Path) -> dict[str, list[Pair]]:
    """Return the pairs of every split. Raises ``UserError`` if its folder, an image or a mask is missing."""
    folder = data_dir / dataset.folder
    if not folder.is_dir():
        command = _command(dataset, data_dir)
        remedy = f"get it with: {command}" if dataset.archives else f"put its files there, then run: {command}"
        raise UserError(f"{folder}: {dataset.title} is not there; {remedy}")
    return dataset.pairs(folder)


def build_once(dataset: Dataset, splits: dict[str, list[Pair]]) -> tuple[Path, dict[Path, str]]:
    """Build the dataset from ``splits`` unless it has been built; return its folder and the SHA-256 of every file.

    It is built in a temporary folder, which is renamed when it is complete, so a killed build is never taken for a
    dataset. A lock makes a second process wait. Raises ``UserError`` if a file is invalid or cannot be written.
    """
    directory, hashes = _location(dataset, splits)
    if built.is_whole(directory):
        return directory, hashes
    home = directory.parent
    try:
        with locks.exclusive(home / f"{directory.name}.lock"):
            if not built.is_whole(directory):
                shutil.rmtree(directory, ignore_errors=True)
                _build(dataset, splits, hashes, directory)
    except OSError as error:
        raise UserError(
            f"{home}: cannot be written ({error.strerror or error}); $SEGDECK_CACHE can name another folder"
        ) from error
    except Exception as error:
        if full := disk.reason(error):  # TFDS wraps it
            raise UserError(f"{home}: {full}, or name another folder in $SEGDECK_CACHE") from error
        raise
    return directory, hashes


def _built(dataset: Dataset, splits: dict[str, list[Pair]], data_dir: Path) -> tuple[Path, dict[Path, str]]:
    """Return what ``build_once`` returns. Raises ``UserError`` if the dataset has not been built."""
    directory, hashes = _location(dataset, splits)
    if not built.is_whole(directory):
        folder, command = data_dir / dataset.folder, _command(dataset, data_dir)
        raise UserError(f"{folder}: {dataset.title} is not prepared yet; do it with: {command}")
    return directory, hashes


def _location(dataset: Dataset, splits: dict[str, list[Pair]]) -> tuple[Path, dict[Path, str]]:
    """Return the folder for the dataset built from ``splits``, and the SHA-256 of every file."""
    home = paths.cache_dir() / "datasets" / dataset.name
    # Once each: one annotation file may hold the labels of thousands of images.
    files = dict.fromkeys(path for members in splits.values() for pair in members for path in content.files_of(pair))
    hashes = content.fingerprints(files, home / "hashes.json")
    return home / content.content_key(dataset, splits, hashes), hashes


def _command(dataset: Dataset, data_dir: Path) -> str:
    return f"python -m data.prepare {dataset.name} --data-dir {shlex.quote(str(data_dir))}"


def _build(dataset: Dataset, splits: dict[str, list[Pair]], hashes: dict[Path, str], directory: Path) -> None:
    """Build into ``directory``, which appears only when it is complete. The caller holds its lock."""
    from data.lazy_imports import kept_to_this_thread

    with kept_to_this_thread():
        from data import builder  # loads TFDS

    prefix = f".{directory.name}.part"
    for leftover in directory.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover)
    temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=directory.parent))
    try:
        complete = builder.build(dataset, splits, hashes, temporary)
        built.seal(complete)
        complete.rename(directory)
        _records.cache_clear()  # of a damaged one that was here before
        _class_pixels.cache_clear()
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@functools.lru_cache(maxsize=16)
def _class_pixels(directory: Path, split: str) -> NDArray[np.int64]:
    with (directory / content.CLASS_PIXELS).open("rb") as file, np.load(file) as counts:
        return np.asarray(counts[split], np.int64)


@functools.lru_cache(maxsize=16)
def _records(directory: Path, split: str, process: int) -> Any:
    """Open the records of a split; every process (``process`` is its id) opens its own."""
    from data.lazy_imports import kept_to_this_thread

    with kept_to_this_thread():  # TFDS imports further parts of itself on first use
        import tensorflow_datasets as tfds  # takes half a second, which listing datasets should not cost

        undecoded = {"image": tfds.decode.SkipDecoding(), "mask": tfds.decode.SkipDecoding()}
        return tfds.builder_from_directory(directory).as_data_source(split, decoders=undecoded)
