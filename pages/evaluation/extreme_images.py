"""The images that a model does worst and best on, with truth and prediction, if the dataset's files are here."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from data import colours, content, datasets
from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from data.shared_classes import translation
from data.store import Samples
from data.strips import strip
from models.analysis.saved_predictions import SavedPredictions
from models.runs.model import Model
from pages.evaluation.lighting import Everything, Lit, Pixels, Shown
from pages.shared.content import dataset_items, loaded_models, predictions
from pages.shared.content.class_legend import class_legend
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture
from pages.shared.content.scores import Scores
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown

WORST, BEST = "Worst", "Best"


@dataclass(frozen=True)
class ScoredImage:
    """The mIoU of an image over the classes in its own truth, and the class of these with the lowest IoU."""

    id: str
    miou: float
    worst: str
    worst_iou: float

    @property
    def caption(self) -> str:
        """The text below its strip."""
        return f"{self.id}: mIoU {self.miou:.3f}, lowest for {self.worst} ({self.worst_iou:.3f})"

    @property
    def row(self) -> dict[str, Any]:
        """Its row in a table."""
        return {"Image": self.id, "mIoU": self.miou, "Lowest": self.worst, "Its IoU": self.worst_iou}


def ranked(images: pd.DataFrame, side: str, most: int) -> list[ScoredImage]:
    """Return up to ``most`` images that have a mIoU, with the lowest (``WORST``) or the highest (``BEST``) first."""
    rows = images.dropna(subset=["miou"]).sort_values("miou", ascending=side == WORST, kind="stable").head(most)
    return list(starmap(ScoredImage, rows[["id", "miou", "worst", "worst_iou"]].itertuples(index=False)))


def single(images: pd.DataFrame, name: str) -> list[ScoredImage]:
    """Return the image of this name, if it has a mIoU."""
    return ranked(images[images["id"] == name], WORST, 1)


def open_scored(one: Scores) -> Samples:
    """Open the images that a model was scored on, without building a dataset.

    Raises:
        UserError: If the files are missing, not prepared (the message has the command), or not those that were scored.
    """
    samples = dataset_items.split(one.dataset, one.split)
    position, ids = {image_id: index for index, image_id in enumerate(samples.ids)}, one.counts.ids
    scored = [position[image_id] for image_id in ids if image_id in position]
    if len(scored) < len(ids) or content.digest(samples.hashes[index] for index in scored) != one.counts.digest:
        raise UserError(
            f"{one.name} was scored on other images of {one.dataset_title} than those in {paths.data_dir()}; "
            f"score it again with: {cli_commands.evaluate(one.run, one.split, one.dataset)}"
        )
    return samples.subset(scored)


@dataclass(frozen=True)
class Translation:
    """How the ids of the truth and of the prediction, each a table ``(256,)``, become ids of the scored classes."""

    space: LabelSpace
    truth: NDArray[np.uint8]
    predicted: NDArray[np.uint8]

    @classmethod
    def of(cls, one: Scores) -> "Translation":
        """Return the translation of a model's scores; on its own dataset nothing changes.

        Raises ``UserError`` if the dataset does not have the classes that were scored any more.
        """
        if one.is_own:
            same = np.arange(256, dtype=np.uint8)
            return cls(one.run.label_space, same, same)
        names = [entry.name for entry in one.stored.classes]
        dataset, void = datasets.get(one.dataset).label_space, len(names)
        space = LabelSpace((*names, "not scored"), tuple(colours.distinct(void + 1)), void)
        return cls(
            space,
            translation([map(dataset.id_of, entry.dataset_classes) for entry in one.shared], void),
            translation([map(one.run.label_space.id_of, entry.model_classes) for entry in one.shared], void - 1),
        )


def draw(
    one: Scores,
    images: Sequence[Shown],
    samples: Samples,
    lit: Lit | None = None,
    saved: SavedPredictions | None = None,
) -> None:
    """Draw one strip per image: photograph, truth, prediction, with some of their pixels ``lit``.

    The prediction is the saved one, or else is computed now. Raises ``UserError`` if the saved one is damaged or has
    another size than the mask.
    """
    lit, classes = lit or Everything(), Translation.of(one)
    st.html("".join(map(class_legend, lit.legends(classes.space))))
    hashes, weights = dict(zip(samples.ids, samples.hashes, strict=True)), loaded_models.weights_digest(one.run)
    source = _source(one, samples, saved)
    for first in range(0, len(images), 2):  # row by row, so that the order holds where columns stack
        for column, image in zip(st.columns(2, gap="medium"), images[first : first + 2], strict=False):
            with column, st.spinner(f"Predicting with {escape_markdown(one.name)}"):
                item = DatasetItem(one.dataset, one.split, image.id)
                scored = (str(lit), one.scored_classes)
                strip = _strip(hashes[image.id], weights, source, scored, item, one.run, classes, lit, saved)
                alt = f"{image.id}: photograph, truth and {lit.shown} of {one.name}"
                st.image(strip, caption=escape_markdown(image.caption), width="stretch", alt=alt)


def _source(one: Scores, samples: Samples, saved: SavedPredictions | None) -> Hashable:
    """Return what tells truth and prediction of an image from others of the same image and weights."""
    classes = tuple((entry.name, entry.model_classes) for entry in one.shared)
    return str(one.run.path), saved.state if saved else "", str(samples.directory), classes


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(
    image: str,
    weights: str,
    source: Hashable,
    scored: tuple[str, Hashable],
    _item: DatasetItem,
    _run: Model,
    _classes: Translation,
    _lit: Lit,
    _saved: SavedPredictions | None,
) -> NDArray[np.uint8]:
    sample = _item.sample()
    truth, steps = _classes.truth[sample.mask], None
    size = sample.mask.shape[0], sample.mask.shape[1]
    if _saved is None:
        predicted = resize_nearest(predictions.predict(dataset_picture(_item), _run).labels, *size)
        labels = _classes.predicted[predicted]
    else:
        index = _saved.ids.index(_item.id)
        labels, steps = _saved.labels(index, size), _saved.confidence(index, size)
    of_truth, of_prediction = _lit.panels(Pixels(truth, labels, _classes.space, steps))
    return strip(sample.image, of_truth[0], *of_prediction, truth_space=of_truth[1])
