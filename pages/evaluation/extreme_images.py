"""The images that a model does worst and best on, with truth and answer, if the dataset's files are at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from data import content
from data.label_space import LabelSpace
from data.store import Sample, Samples
from models.runs.run import Run
from pages.shared.content import dataset_items, predictions
from pages.shared.content.class_legend import class_legend
from pages.shared.content.dataset_items import Place
from pages.shared.content.images import dataset_picture
from pages.shared.content.scores import Scores
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown

HEIGHT = 220
"""Height of a strip of the gallery, in pixels."""
GAP = 6
OPACITY = 0.6
WORST, BEST = "Worst", "Best"


@dataclass(frozen=True)
class Entry:
    """One image of the gallery: what is known of it, and where its sample is."""

    id: str
    miou: float
    worst: str
    worst_iou: float

    @property
    def caption(self) -> str:
        """What stands below it."""
        return f"{self.id}: mIoU {self.miou:.3f}, lowest for {self.worst} ({self.worst_iou:.3f})"


def extremes(images: pd.DataFrame, which: str, most: int) -> list[Entry]:
    """Return the images with the lowest (``WORST``) or highest mIoU; those without any come nowhere."""
    ranked = images.dropna(subset=["miou"]).sort_values("miou", ascending=which == WORST, kind="stable")
    return [
        Entry(row["id"], row["miou"], row["worst"], row["worst_iou"]) for row in ranked.head(most).to_dict("records")
    ]


def open_scored(one: Scores) -> Samples:
    """Open the images that a model was scored on; nothing is built.

    Raises:
        UserError: If the files are not here or not prepared (the message has the command), or are other ones.
    """
    samples = dataset_items.split(one.run.dataset.name, one.split)
    position = {ident: index for index, ident in enumerate(samples.ids)}
    ids = one.counts.ids
    scored = [position[ident] for ident in ids if ident in position]
    if len(scored) < len(ids) or content.digest(samples.hashes[index] for index in scored) != one.counts.digest:
        raise UserError(
            f"{one.name} was scored on other images of {one.run.dataset.title} than those in "
            f"{paths.data_dir()}; score it again with: {cli_commands.evaluate(one.run, one.split)}"
        )
    return samples.subset(scored)


def gallery(one: Scores, entries: Sequence[Entry], samples: Samples) -> None:
    """Draw one strip per image: photograph, truth, answer."""
    space = one.run.label_space
    st.html(class_legend(space))
    hashes, weights = dict(zip(samples.ids, samples.hashes, strict=True)), predictions.weights_digest(one.run)
    for first in range(0, len(entries), 2):  # row by row, so that the order holds where columns stack
        for column, entry in zip(st.columns(2, gap="medium"), entries[first : first + 2], strict=False):
            with column, st.spinner(f"Asking {escape_markdown(one.name)}"):
                place = Place(one.run.dataset.name, one.split, entry.id)
                strip = _strip(hashes[entry.id], weights, str(one.run.path), place, one.run)
                alt = f"{entry.id}: photograph, truth and the answer of {one.name}"
                st.image(strip, caption=escape_markdown(entry.caption), width="stretch", alt=alt)


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(image: str, weights: str, path: str, _place: Place, _run: Run) -> NDArray[np.uint8]:
    sample = _place.sample()
    labels, (height, width) = (
        predictions.label_map(predictions.answer(dataset_picture(_place), _run)),
        sample.mask.shape,
    )
    labels = np.asarray(cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    return strip(sample, labels, _run.label_space)


def strip(sample: Sample, labels: NDArray[np.uint8], space: LabelSpace) -> NDArray[np.uint8]:
    """Return photograph, truth and answer side by side, ``(H, W, 4)`` RGBA with clear gaps.

    Args:
        sample: The image with its mask.
        labels: The answer, ``(H, W)`` as the mask.
        space: What the ids mean.
    """
    panels = [sample.image, overlay(sample.image, sample.mask, space), overlay(sample.image, labels, space)]
    height, width = sample.mask.shape
    size = (max(1, round(width * HEIGHT / height)), HEIGHT)
    gap = np.zeros((HEIGHT, GAP, 4), np.uint8)
    parts: list[NDArray[np.uint8]] = []
    for panel in panels:
        small = cv2.resize(panel, size, interpolation=cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR)
        parts += [np.dstack([small, np.full(small.shape[:2], 255, np.uint8)]), gap]
    return np.concatenate(parts[:-1], axis=1)


def overlay(image: NDArray[np.uint8], labels: NDArray[np.uint8], space: LabelSpace) -> NDArray[np.uint8]:
    """Return a picture with its label map over it, ``(H, W, 3)``; void stays clear."""
    blended = cv2.addWeighted(image, 1 - OPACITY, space.palette()[labels], OPACITY, 0)
    if space.void is not None:
        blended[labels == space.void] = image[labels == space.void]
    return np.asarray(blended, np.uint8)
