"""Predictions of the models for a picture, computed once and kept compact for every part of a page."""

import threading
import zlib
from dataclasses import dataclass, field

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from configs import limits
from data.label_maps import label_histogram
from models.metrics.regions import Region, regions
from models.runs import registry
from models.runs.familiarity import Verdict
from models.runs.model import Model
from pages.shared.content.images import DISPLAY_SIDE, Picture
from pages.shared.content.loaded_models import CACHE_KEYS, predictor, weights_digest
from pages.shared.ui.cache import peekable
from pages.shared.ui.held_uploads import forgets

PredictionKey = tuple[str, str, str]
"""SHA-256 of the picture, SHA-256 of the weights, and folder of the run."""
PREDICTING = threading.Semaphore(limits.live_at_once())
"""Held while a model predicts, by one at a time unless asked otherwise: two at once share the CPU, and neither's time
would be its own.
"""
_NETWORK_BYTES = 50_000_000
"""What a prediction takes besides the picture: the network's input and output, and label maps of ``DISPLAY_SIDE``."""
_PERCENT = ((np.arange(256) * 100 + 127) // 255).astype(np.uint8)


@dataclass(frozen=True)
class ImagePrediction:
    """One model's prediction for one picture, at the size at which the page shows it.

    Attributes:
        key: Identifies the prediction: those with equal keys are equal.
        size: Height and width of the label map.
        shares: Share of the picture's pixels per class id, adding up to 1. Every share on a page comes from here.
        seconds: Time from the decoded picture to the label map, measured on this computer when it was predicted.
        engine: Name, version and arithmetic of what ran the model.
        regions: The connected regions of the label map, in its pixels, down to the smallest area in the model's
            config; the largest first.
        deflated_labels: The label map, as ``deflate`` returns it.
        deflated_confidence: The ``row_differences`` of the confidence in per cent, as ``deflate`` returns them; None
            if the model does not tell how sure it is.
        verdict: Whether the picture is like those the model was trained on; None if unknown.
        familiarity_fault: Why it is unknown though it should not be; else empty.
    """

    key: PredictionKey
    size: tuple[int, int]
    shares: tuple[float, ...]
    seconds: float
    engine: str
    regions: tuple[Region, ...]
    deflated_labels: bytes = field(repr=False)
    deflated_confidence: bytes | None = field(repr=False)
    verdict: Verdict | None = None
    familiarity_fault: str = ""

    @property
    def labels(self) -> NDArray[np.uint8]:
        """The label map, ``(H, W)`` class ids, read-only; inflated on each access."""
        return np.frombuffer(zlib.decompress(self.deflated_labels), np.uint8).reshape(self.size)


@dataclass(frozen=True)
class ModelPrediction:
    """A prediction with its model and the name under which the model was chosen."""

    name: str
    run: Model
    prediction: ImagePrediction


def cost(picture: Picture, run: Model) -> int:
    """Return in how many bytes ``predict`` works: what a network needs on top is small. Raises as ``Picture.cost``."""
    return picture.cost() + _NETWORK_BYTES


@peekable(st.cache_data(max_entries=256, show_spinner=False, hash_funcs=CACHE_KEYS), cost=cost)
def predict(picture: Picture, run: Model) -> ImagePrediction:
    """Return a model's prediction for a picture, computed only once; ``peek`` returns one that has been computed.

    Raises:
        UserError: If the model is damaged or cannot be compiled, or the picture cannot be decoded.
    """
    model = predictor(run)
    pixels = picture.pixels()
    with PREDICTING:
        prediction = model.predict(pixels, longest=DISPLAY_SIDE)
    labels, space = prediction.labels, model.label_space
    counts = label_histogram(labels)[: len(space)]
    confidence = prediction.confidence
    percent = None if confidence is None else np.asarray(cv2.LUT(confidence, _PERCENT), np.uint8)
    found, _ = regions(labels, confidence, space, run.smallest_object)
    return ImagePrediction(
        key=(picture.digest, weights_digest(run), str(run.path)),
        size=(labels.shape[0], labels.shape[1]),
        shares=tuple((counts / labels.size).tolist()),
        seconds=prediction.seconds,
        engine=model.engine,
        regions=tuple(found),
        deflated_labels=deflate(labels),
        deflated_confidence=None if percent is None else deflate(row_differences(percent)),
        verdict=prediction.verdict,
        familiarity_fault=model.familiarity_fault,
    )


@forgets
def _forget(digest: str) -> None:
    for run in registry.models():
        predict.clear(Picture(digest, "", ""), run)


def row_differences(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Replace each value of ``(H, W)`` but the first of a row by its difference to its left neighbour, modulo 256.

    They deflate far better; the cumulative sum along the rows gives ``values`` back.
    """
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]
    return differences


def deflate(plane: NDArray[np.uint8]) -> bytes:
    """Return the bytes of a plane, row by row, deflated quickly: PNG is smaller, but takes three times as long."""
    return zlib.compress(plane.tobytes(), 1)
