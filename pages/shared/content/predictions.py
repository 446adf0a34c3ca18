"""Predictions of the models for a picture, computed once and kept compact for every part of a page."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from configs.files import sha256
from data.label_maps import label_histogram
from models.inference.formats import Precision
from models.inference.predictor import Predictor, usual_precision
from models.metrics.regions import Region, regions
from models.runs.run import Run
from pages.shared.content.images import DISPLAY_SIDE, Picture
from pages.shared.ui.cache import peekable

PredictionKey = tuple[str, str, str]
"""SHA-256 of the picture, SHA-256 of the weights, and folder of the run."""


@dataclass(frozen=True)
class ImagePrediction:
    """One model's prediction for one picture, at the size at which the page shows it.

    The two planes are kept as PNG, since many predictions stay in the cache, and decoded on each access.

    Attributes:
        key: Identifies the prediction: those with equal keys are equal.
        size: Height and width of the label map.
        shares: Share of the picture's pixels per class id, adding up to 1. Every share on a page comes from here.
        seconds: Time from the decoded picture to the label map, measured on this computer when it was predicted.
        precision: The arithmetic that the model computed in.
        regions: The connected regions of the label map, in its pixels, down to the smallest area in the model's
            config; the largest first.
    """

    key: PredictionKey
    size: tuple[int, int]
    shares: tuple[float, ...]
    seconds: float
    precision: str
    regions: tuple[Region, ...]
    _labels: bytes = field(repr=False)
    _confidence: bytes = field(repr=False)

    @classmethod
    def of(
        cls,
        key: PredictionKey,
        labels: NDArray[np.uint8],
        confidence: NDArray[np.uint8],
        shares: Sequence[float],
        seconds: float,
        precision: str,
        regions: Sequence[Region],
    ) -> "ImagePrediction":
        """Keep arrays as a prediction: ``labels`` and ``confidence`` as the properties return them."""
        size = labels.shape[0], labels.shape[1]
        planes = _png(labels), _png(confidence)
        return cls(key, size, tuple(shares), seconds, precision, tuple(regions), *planes)

    @property
    def labels(self) -> NDArray[np.uint8]:
        """The label map, ``(H, W)`` class ids."""
        return _from_png(self._labels)

    @property
    def confidence(self) -> NDArray[np.uint8]:
        """The confidence in per cent, ``(H, W)``, 0 to 100."""
        return _from_png(self._confidence)


@dataclass(frozen=True)
class ModelPrediction:
    """A prediction with its model.

    Attributes:
        name: The name under which the model was chosen.
        run: The model.
        prediction: Its prediction.
    """

    name: str
    run: Run
    prediction: ImagePrediction


_PREDICTING = threading.Lock()
"""Held while a model predicts: two at once share the CPU, and neither's time would be its own."""
_PERCENT = ((np.arange(256) * 100 + 127) // 255).astype(np.uint8)


def predict(picture: Picture, run: Run) -> ImagePrediction:
    """Return a model's prediction for a picture, computed only once.

    Raises:
        UserError: If the model is damaged or cannot be compiled, or the picture cannot be decoded.
    """
    return _predict(prediction_key(picture, run), picture, run)


def cached(picture: Picture, run: Run) -> ImagePrediction | None:
    """Return a model's prediction for a picture if it has been computed, else None."""
    return _predict.peek(prediction_key(picture, run), picture, run)


def prediction_key(picture: Picture, run: Run) -> PredictionKey:
    """Return what identifies the prediction of a model for a picture."""
    return picture.digest, weights_digest(run), str(run.path)


def weights_digest(run: Run) -> str:
    """Return the SHA-256 of a run's weights; the file is read again only when it has changed."""
    state = run.weights.stat()
    return _sha256(str(run.weights), state.st_mtime_ns, state.st_size)


def predictor(run: Run, precision: Precision | None = None) -> Predictor:
    """Return a model ready to predict, loaded once for all visitors.

    Args:
        run: The model.
        precision: The arithmetic; by default the model's usual one on this computer.

    Raises:
        UserError: If the model is damaged or cannot be compiled.
    """
    return _predictor(weights_digest(run), str(run.path), precision or usual_precision(run), run)


@st.cache_data(max_entries=64, show_spinner=False)
def _sha256(path: str, changed: int, size: int) -> str:
    return sha256(Path(path))


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictor(weights: str, path: str, precision: Precision, _run: Run) -> Predictor:
    """Load a model; a bounded number stays in memory."""
    return Predictor.load(_run, precision)


@peekable(st.cache_data(max_entries=256, show_spinner=False))
def _predict(key: PredictionKey, _picture: Picture, _run: Run) -> ImagePrediction:
    model = predictor(_run)
    pixels = _picture.pixels()
    with _PREDICTING:
        prediction = model.predict(pixels, longest=DISPLAY_SIDE)
    labels, space = prediction.labels, model.label_space
    counts = label_histogram(labels)[: len(space)]
    percent = np.asarray(cv2.LUT(prediction.confidence, _PERCENT), np.uint8)
    found, _ = regions(labels, prediction.confidence, space, _run.experiment.evaluate.smallest_object)
    shares = (counts / labels.size).tolist()
    return ImagePrediction.of(key, labels, percent, shares, prediction.seconds, model.precision, found)


def _png(plane: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", plane)[1].tobytes()


def _from_png(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
