"""Write a dataset to ArrayRecord files with TFDS; images stay encoded, so tensorflow is not loaded."""

import contextlib
import io
import logging
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow_datasets as tfds
from numpy.typing import NDArray
from PIL import ExifTags, Image

from configs.errors import UserError
from data import decode, progress
from data.content import CLASS_PIXELS, FORMAT_VERSION
from data.dataset import Dataset, Pair
from data.label_maps import label_histogram

Splits = Mapping[str, Sequence[Pair]]


class SegmentationBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """The TFDS builder of any ``Dataset``; ``build`` gives it a name.

    A record holds ``image`` (RGB, encoded, upright), ``mask`` (class ids, one channel, PNG), ``id``, ``sha256`` (of the
    original image file) and, where the dataset has them, ``boxes``.
    """

    VERSION = tfds.core.Version(f"{FORMAT_VERSION}.0.0")

    def __init__(self, dataset: Dataset, splits: Splits, hashes: Mapping[Path, str], directory: Path) -> None:
        """Prepare to write ``splits`` below ``directory``; ``hashes`` has the SHA-256 of every image file."""
        self._dataset, self._splits, self._hashes = dataset, splits, hashes
        classes = len(dataset.label_space)
        self.class_pixels = {split: np.zeros((len(pairs), classes), np.int64) for split, pairs in splits.items()}
        super().__init__(data_dir=directory)

    def _info(self) -> tfds.core.DatasetInfo:
        boxes = {"boxes": tfds.features.Tensor(shape=(None, 5), dtype=np.int32)} if self._dataset.read_boxes else {}
        return tfds.core.DatasetInfo(
            builder=self,
            description=self._dataset.title,
            homepage=self._dataset.homepage,
            license=self._dataset.licence,
            disable_shuffling=True,  # data.store finds a record by the position of its pair
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "mask": tfds.features.Image(shape=(None, None, 1), encoding_format="png"),
                    "id": tfds.features.Text(),
                    "sha256": tfds.features.Text(),
                    **boxes,
                }
            ),
        )

    def _split_generators(self, _: tfds.download.DownloadManager) -> dict[str, Iterator[Any]]:
        return {split: self._generate_examples(split) for split in self._splits}

    def _generate_examples(self, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
        pairs = progress.counted(self._splits[split], f"building {self._dataset.name} {split}")
        for index, pair in enumerate(pairs):
            record, self.class_pixels[split][index] = encode(self._dataset, pair)
            yield index, {**record, "id": pair.id, "sha256": self._hashes[pair.image]}


def build(dataset: Dataset, splits: Splits, hashes: Mapping[Path, str], directory: Path) -> Path:
    """Write the records of ``splits``, and ``CLASS_PIXELS`` beside them, below the empty folder ``directory``.

    Returns the folder that ``tfds.builder_from_directory`` reads. Raises ``UserError`` naming an invalid file.
    """
    tfds.disable_progress_bar()  # TFDS nests three; data.progress has one that counts images
    logging.getLogger("absl").setLevel(logging.ERROR)
    named = types.new_class(
        dataset.name, (SegmentationBuilder,), {"skip_registration": True}, lambda body: body.update(name=dataset.name)
    )
    builder = named(dataset, splits, hashes, directory)
    settings = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # TFDS would announce a download
            builder.download_and_prepare(download_config=settings, file_format="array_record")
    except Exception as error:
        raise _cause(error) from error
    np.savez_compressed(Path(builder.data_path) / CLASS_PIXELS, **builder.class_pixels)
    return Path(builder.data_path)


def encode(dataset: Dataset, pair: Pair) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """Encode a pair for its record. Raises ``UserError`` naming an invalid file.

    Returns:
        The encoded ``image`` and ``mask`` and, where the dataset has them, the ``boxes`` ``(N, 5)``; and the number of
        pixels of each class in the mask, ``(C,)``. The image keeps the file's own bytes unless its EXIF orientation
        turns it: then it is an upright PNG.
    """
    try:
        content = pair.image.read_bytes()
    except OSError as error:
        raise UserError(f"{pair.image}: cannot be read ({error.strerror})") from error
    image = decode.decode(content, str(pair.image))  # (H, W, 3)
    mask = dataset.read_mask(pair, image.shape[:2])  # (H, W)
    if mask.shape != image.shape[:2]:
        has, wanted = (f"{width}x{height}" for height, width in (mask.shape, image.shape[:2]))
        raise UserError(f"{pair.annotation}: the mask is {has}, its picture {wanted} (width x height)")
    boxes = {"boxes": dataset.read_boxes(pair, image.shape[:2])} if dataset.read_boxes else {}
    if _is_turned(content):
        content = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
    pixels = label_histogram(mask)[: len(dataset.label_space)]
    return {"image": content, "mask": cv2.imencode(".png", mask)[1].tobytes(), **boxes}, pixels


def _is_turned(content: bytes) -> bool:
    """Return whether the EXIF orientation of a readable picture turns it."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.getexif().get(ExifTags.Base.Orientation) in decode.UPRIGHT
    except Exception:  # noqa: BLE001 - a damaged EXIF block fails in many ways; it is ignored
        return False


def _cause(error: BaseException) -> BaseException:
    """Return the ``UserError`` that TFDS wrapped, or ``error`` itself."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, UserError):
        link = link.__cause__ or link.__context__
    return link or error
