"""The ground truth of a picture: its dataset's mask, or an uploaded one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import datasets, masks
from data.dataset import Dataset
from data.label_maps import label_histogram, resize_nearest
from data.label_space import IGNORE, LabelSpace
from pages.compare.viewer.component import Panel, PanelClass
from pages.compare.viewer.packing import pack
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import Picture, display


@dataclass(frozen=True)
class GroundTruth:
    """The mask of a picture.

    Attributes:
        dataset_name: The dataset whose label space it uses.
        name: Name of the uploaded file, or the dataset and split that the mask comes from.
        size: Height and width of the picture of an uploaded mask.
        item: The dataset item it belongs to, or None for an upload.
        content: The bytes of an uploaded file; empty for a dataset item.
    """

    dataset_name: str
    name: str
    size: tuple[int, int] = (0, 0)
    item: DatasetItem | None = None
    content: bytes = b""

    @classmethod
    def uploaded(cls, picture: Picture, dataset: str, name: str, content: bytes) -> "GroundTruth":
        """Accept an upload. Raises ``UserError`` unless it is a mask of the picture's size in the dataset's classes."""
        truth = cls(dataset, name, display(picture).size, content=content)
        truth.labels()
        return truth

    @property
    def dataset(self) -> Dataset:
        """The dataset whose label space it uses."""
        return datasets.get(self.dataset_name)

    @property
    def label_space(self) -> LabelSpace:
        """The label space of its ids."""
        return self.dataset.label_space

    @property
    def key(self) -> str:
        """Identifies the mask: those with equal keys are equal."""
        source = str(self.item).encode() if self.item else self.content
        return f"{self.dataset_name} {self.size} {hashlib.sha256(source).hexdigest()}"

    def labels(self) -> NDArray[np.uint8]:
        """Return the mask, ``(H, W)`` ids or ``IGNORE``. Raises ``UserError``, which says why, if it cannot be read."""
        return _labels(self)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={GroundTruth: attrgetter("key")})
def _labels(truth: GroundTruth) -> NDArray[np.uint8]:
    if truth.item:
        return truth.item.sample().mask
    return masks.decode(truth.content, truth.name, truth.size, truth.label_space)


def ground_truth_of(picture: Picture, uploaded: Mapping[str, GroundTruth]) -> GroundTruth | None:
    """Return the ground truth of a picture: its dataset's, else the one in ``uploaded`` by its digest, else None."""
    if picture.item:
        return GroundTruth(picture.item.dataset, picture.origin, item=picture.item)
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
        space=truth.dataset_name,
        size=(height, width),
        labels=pack(shown),
        confidence=None,
        classes=tuple(
            PanelClass(index, space.names[index], space.colours[index], float(shares[index])) for index in space.scored
        ),
    )
