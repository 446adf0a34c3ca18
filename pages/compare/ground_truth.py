"""The ground truth of a picture, and how well each model of its label space does on that picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data import datasets, masks
from data.dataset import Dataset
from data.label_space import IGNORE, LabelSpace
from data.row_chunks import count_values
from models.metrics import segmentation
from models.metrics.segmentation import Integers
from models.runs.run import Run
from pages.compare.viewer.component import Panel, PanelClass
from pages.shared.content import predictions
from pages.shared.content.dataset_items import Place
from pages.shared.content.images import Picture, display

NAME = "Ground truth"
ABSENT = "not in this picture"


@dataclass(frozen=True)
class Truth:
    """The mask of a picture.

    Attributes:
        dataset_name: Name of the dataset whose label space it is in.
        name: The file that was uploaded, or where the mask comes from.
        size: Height and width of an uploaded mask's picture.
        place: Where it is found in a dataset, or None for an upload.
        content: The bytes of an upload's file; empty for a dataset's.
    """

    dataset_name: str
    name: str
    size: tuple[int, int] = (0, 0)
    place: Place | None = None
    content: bytes = b""

    @classmethod
    def uploaded(cls, picture: Picture, dataset: str, name: str, content: bytes) -> "Truth":
        """Take an uploaded file as the mask of a picture.

        Raises:
            UserError: If it is no mask of the picture's size in the dataset's label space.
        """
        found = cls(dataset, name, display(picture).size, content=content)
        found.labels()
        return found

    @property
    def dataset(self) -> Dataset:
        """The dataset whose label space it is in."""
        return datasets.get(self.dataset_name)

    @property
    def label_space(self) -> LabelSpace:
        """What its ids mean."""
        return self.dataset.label_space

    @property
    def key(self) -> str:
        """What tells it from all others."""
        source = str(self.place).encode() if self.place else self.content
        return f"{self.dataset_name} {self.size} {hashlib.sha256(source).hexdigest()}"

    def labels(self) -> NDArray[np.uint8]:
        """Return the mask, ``(H, W)`` ids of the label space or ``IGNORE``.

        Raises:
            UserError: If it cannot be had; the message says why.
        """
        return _labels(self.key, self)


@st.cache_resource(max_entries=8, show_spinner=False)
def _labels(key: str, _truth: Truth) -> NDArray[np.uint8]:
    if _truth.place:
        return _truth.place.sample().mask
    return masks.decode(_truth.content, _truth.name, _truth.size, _truth.label_space)


def truth_of(picture: Picture, uploaded: Mapping[str, Truth]) -> Truth | None:
    """Return the ground truth of a picture: its dataset's, else what was uploaded for it, else None.

    Args:
        picture: The picture.
        uploaded: Digest of a picture to the mask uploaded for it.
    """
    if picture.place:
        return Truth(picture.place.dataset, picture.origin, place=picture.place)
    return uploaded.get(picture.digest)


def truth_panel(truth: Truth, picture: Picture) -> Panel:
    """Return the panel of a mask for the viewer; what is void stays clear. Raises as ``Truth.labels`` does."""
    labels, space = truth.labels(), truth.label_space
    shares = count_values(labels) / labels.size
    height, width = display(picture).shown
    shown = np.asarray(cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    if space.void is not None:
        shown[shown == space.void] = IGNORE
    return Panel(
        NAME,
        "truth",
        note=truth.name,
        space=truth.dataset_name,
        size=(height, width),
        labels=predictions.pack(shown),
        confidence=None,
        classes=tuple(
            PanelClass(index, space.names[index], space.colours[index], float(shares[index])) for index in space.scored
        ),
    )


def confusion(truth: Truth, picture: Picture, run: Run) -> Integers:
    """Return the confusion matrix ``(S + 1, S + 1)`` of a model on one picture, as ``models.metrics`` has it.

    As in an evaluation, it is counted at the mask's own size and computed in float32.

    Raises:
        UserError: If the mask, the picture or the model cannot be had.
    """
    return _confusion(truth.key, picture.digest, predictions.weights_digest(run), str(run.path), truth, picture, run)


def known_confusion(truth: Truth, picture: Picture, run: Run) -> Integers | None:
    """Return what ``confusion`` does if that has been computed, else None; takes no time."""
    weights = predictions.weights_digest(run)
    try:
        return _confusion(truth.key, picture.digest, weights, str(run.path), truth, picture, run, _compute=False)
    except predictions.NotYetError:
        return None


@st.cache_data(max_entries=512, show_spinner=False)
def _confusion(
    truth: str,
    picture: str,
    weights: str,
    path: str,
    _truth: Truth,
    _picture: Picture,
    _run: Run,
    _compute: bool = True,
) -> Integers:
    if not _compute:  # only reached if it is not in the cache
        raise predictions.NotYetError
    mask = _truth.labels()
    labels = predictions.predictor(_run, "float32").predict(_picture.pixels()).labels
    total = np.zeros(1, np.int64)
    for top in range(0, len(mask), segmentation.ROWS_AT_ONCE):
        rows = slice(top, top + segmentation.ROWS_AT_ONCE)
        total = total + segmentation.confusion(mask[rows], labels[rows], _truth.label_space)
    return total


def trained_on(run: Run, picture: Picture) -> bool:
    """Return whether a run was trained on this very file."""
    try:
        return picture.digest in (run.path / "train_images.txt").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return False


def class_scores(truth: Truth, counted: Mapping[str, Integers]) -> pd.DataFrame:
    """Return one row per scored class: its share of the scored pixels of the mask, and the IoU of every model.

    Classes that the mask shows come first. A class that it does not show has ``nan``: neither 0 nor 1.

    Args:
        truth: The mask.
        counted: Name of a model to its confusion matrix, of at least one.
    """
    space = truth.label_space
    pixels = next(iter(counted.values()))[:-1, :-1].sum(axis=1)
    table = pd.DataFrame(
        {"Class": [space.names[index] for index in space.scored], "Share": pixels / max(pixels.sum(), 1)}
    )
    for name, matrix in counted.items():
        table[name] = segmentation.iou(*segmentation.tp_fp_fn(matrix))
    return table.sort_values("Share", ascending=False, kind="stable", ignore_index=True)


def summary(counted: Mapping[str, Integers]) -> pd.DataFrame:
    """Return one row per model: mIoU and pixel accuracy on the picture, the best first."""
    table = pd.DataFrame(
        {
            "Model": list(counted),
            "mIoU": [segmentation.mean_iou(matrix) for matrix in counted.values()],
            "Pixel accuracy": [segmentation.pixel_accuracy(matrix) for matrix in counted.values()],
        }
    )
    return table.sort_values("mIoU", ascending=False, kind="stable", ignore_index=True)
