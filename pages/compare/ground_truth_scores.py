"""How well each model does on one picture, measured against its ground truth."""

import math
from collections.abc import Mapping
from operator import attrgetter

import numpy as np
import pandas as pd
import streamlit as st

from configs import column_names
from data.row_chunks import row_chunks
from models.metrics import segmentation
from models.metrics.segmentation import Integers
from models.runs.model import Model
from pages.compare.ground_truth import GroundTruth
from pages.shared.content import class_iou, predictions
from pages.shared.content.images import Picture, display
from pages.shared.content.loaded_models import CACHE_KEYS, predictor
from pages.shared.ui.cache import peekable
from pages.shared.ui.held_uploads import forgets

ABSENT = "not in this picture"


def cost(truth: GroundTruth, picture: Picture, run: Model) -> int:
    """Return in how many bytes ``confusion`` works: mask, label map and confidence have the picture's size, too."""
    return truth.cost() + predictions.cost(picture, run) + 3 * math.prod(display(picture).size)


@peekable(
    st.cache_data(max_entries=512, show_spinner=False, hash_funcs=CACHE_KEYS | {GroundTruth: attrgetter("key")}),
    cost=cost,
)
def confusion(truth: GroundTruth, picture: Picture, run: Model) -> Integers:
    """Return the confusion matrix ``(S + 1, S + 1)`` of a model on one picture, as ``models.metrics`` defines it.

    As in an evaluation, it is counted at the mask's own size and computed in float32.

    Raises:
        UserError: If the mask, the picture or the model cannot be read.
    """
    mask = truth.labels()
    labels = predictor(run, "float32").predict(picture.pixels()).labels
    total = np.zeros(1, np.int64)
    for rows in row_chunks(mask.shape):
        total = total + segmentation.confusion(mask[rows], labels[rows], truth.label_space)
    return total


@forgets
def _forget(_: str) -> None:
    confusion.clear()


def trained_on(run: Model, picture: Picture) -> bool:
    """Return whether the picture's file was among those that a run was trained on."""
    try:
        return picture.digest in (run.path / "train_images.txt").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return False


def class_scores(truth: GroundTruth, matrices: Mapping[str, Integers]) -> pd.DataFrame:
    """Return one row per scored class: its share of the mask's scored pixels, and its IoU for each of the models.

    The largest shares come first. The IoU of a class that is not in the mask is ``nan``. A model's column has its name,
    set apart from ``class_iou.OWN``.
    """
    space = truth.label_space
    pixels = next(iter(matrices.values()))[:-1, :-1].sum(axis=1)
    table = pd.DataFrame(
        {"Class": [space.names[index] for index in space.scored], "Share": pixels / max(pixels.sum(), 1)}
    )
    for title, matrix in zip(column_names.apart(list(matrices), class_iou.OWN), matrices.values(), strict=True):
        table[title] = segmentation.iou(*segmentation.tp_fp_fn(matrix))
    return table.sort_values("Share", ascending=False, kind="stable", ignore_index=True)


def summary(matrices: Mapping[str, Integers]) -> pd.DataFrame:
    """Return one row per model: mIoU and pixel accuracy on the picture, the best first."""
    rows = [(name, segmentation.mean_iou(one), segmentation.pixel_accuracy(one)) for name, one in matrices.items()]
    table = pd.DataFrame(rows, columns=["Model", "mIoU", "Pixel accuracy"])
    return table.sort_values("mIoU", ascending=False, kind="stable", ignore_index=True)
