"""The ground truth of a picture: its dataset's mask, or an uploaded one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import datasets
from data.dataset import Dataset
from data.decode import USUAL_PER_PIXEL, orientation
from data.label_maps import label_histogram, resize_nearest
from data.label_space import IGNORE, LabelSpace
from data.mask_file import decode_mask
from data.mask_reading import Readings, readings
from data.mask_turns import Turns, turns
from pages.compare.viewer.component import Panel, PanelClass
from pages.compare.viewer.packing import pack
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import Picture, display
from pages.shared.ui import memory
from pages.shared.ui.cache import peekable
from pages.shared.ui.held_uploads import forgets, hold


@dataclass(frozen=True)
class Upload:
    """An uploaded mask.

    Attributes:
        content: The bytes of the file.
        readings: The ways in which it can be read.
        turns: The ways in which it can be turned.
        reading: The index of the reading in use, or None until the visitor has chosen.
        turn: The index of the turn in use, or None until the visitor has chosen.
    """

    content: bytes
    readings: Readings
    turns: Turns
    reading: int | None
    turn: int | None

    def __post_init__(self) -> None:
        """Count its bytes until it is dropped."""
        hold(self, "", len(self.content))

    def labels(self, name: str, size: tuple[int, int], label_space: LabelSpace) -> NDArray[np.uint8]:
        """Return its labels, ``(H, W)``, once everything is chosen."""
        assert self.reading is not None
        assert self.turn is not None
        file = decode_mask(self.content, name, size, label_space)
        return self.turns.options[self.turn].apply(self.readings.options[self.reading].labels(file))


@dataclass(frozen=True)
class GroundTruth:
    """The mask of a picture.

    Attributes:
        dataset: The dataset whose label space it uses; a model with classes of its own has one of them.
        name: Name of the uploaded file, or the dataset and split that the mask comes from.
        size: Height and width of the picture of an uploaded mask.
        item: The dataset item it belongs to, or None for an upload.
        upload: The uploaded mask, or None for a dataset item.
    """

    dataset: Dataset
    name: str
    size: tuple[int, int] = (0, 0)
    item: DatasetItem | None = None
    upload: Upload | None = None

    @classmethod
    def uploaded(cls, picture: Picture, dataset: Dataset, name: str, content: bytes) -> "GroundTruth":
        """Accept an upload. Raises ``UserError`` unless it is a mask of the picture's size in the dataset's classes."""
        size, space = display(picture).size, dataset.label_space
        with memory.share(_cost(size)):
            file = decode_mask(content, name, size, space)
            read = readings(file, space, dataset.values)
        turned = turns(file.size, size, orientation(picture.content))
        return cls(dataset, name, size, upload=Upload(content, read, turned, read.default, turned.default))

    @property
    def complete(self) -> bool:
        """Whether it can be used: nothing is left for the visitor to choose."""
        return self.upload is None or None not in (self.upload.reading, self.upload.turn)

    @property
    def label_space(self) -> LabelSpace:
        """The label space of its ids."""
        return self.dataset.label_space

    @property
    def key(self) -> str:
        """Identifies the mask: those with equal keys are equal."""
        source = f"{self.dataset.name} {self.size} {self.item}"
        if self.upload:
            content = hashlib.sha256(self.upload.content).hexdigest()
            source += f" {content} {self.upload.reading} {self.upload.turn}"
        return source

    def labels(self) -> NDArray[np.uint8]:
        """Return a complete mask, ``(H, W)`` ids or ``IGNORE``. Raises ``UserError`` if it cannot be read."""
        return _labels(self)

    def cost(self) -> int:
        """Return how many bytes reading it takes at most. Raises ``UserError`` if the dataset item is missing."""
        return self.item.cost() if self.item else _cost(self.size)


def _cost(size: tuple[int, int]) -> int:
    """Return in how many bytes a mask of this size is decoded, with tables of all colours."""
    return 2 * (1 << 24) + USUAL_PER_PIXEL * size[0] * size[1]


# Only a few: the largest takes 50 MB.
@peekable(
    st.cache_resource(max_entries=3, show_spinner=False, hash_funcs={GroundTruth: attrgetter("key")}),
    cost=GroundTruth.cost,
)
def _labels(truth: GroundTruth) -> NDArray[np.uint8]:
    if truth.upload:
        return truth.upload.labels(truth.name, truth.size, truth.label_space)
    assert truth.item is not None
    return truth.item.sample().mask


@forgets
def _forget(_: str) -> None:
    _labels.clear()


def ground_truth_of(picture: Picture, uploaded: Mapping[str, GroundTruth]) -> GroundTruth | None:
    """Return the ground truth of a picture: its dataset's, else the one in ``uploaded`` by its digest, else None."""
    if picture.item:
        return GroundTruth(datasets.get(picture.item.dataset), picture.origin, item=picture.item)
    return uploaded.get(picture.digest)


def ground_truth_panel(truth: GroundTruth, picture: Picture) -> Panel:
    """Return the panel of a mask, void pixels transparent. Raises as ``GroundTruth.labels`` does."""
    labels, space = truth.labels(), truth.label_space
    shares = label_histogram(labels) / labels.size
    height, width = display(picture).shown
    shown = resize_nearest(labels, height, width)
    if space.void is not None:
        shown[shown == space.void] = IGNORE
    return Panel(
        "Ground truth",
        "truth",
        note=truth.name,
        space=truth.dataset.name,
        size=(height, width),
        labels=pack(shown),
        confidence=None,
        classes=tuple(
            PanelClass(index, space.names[index], space.colours[index], float(shares[index])) for index in space.scored
        ),
    )
