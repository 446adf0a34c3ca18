"""What the models say about a picture: computed once, kept small, with the figures every part of a page shows."""

import base64
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from configs.files import sha256
from data.row_chunks import count_values
from models.inference.formats import Precision
from models.inference.predictor import Predictor, usual_precision
from models.metrics.regions import Region, regions
from models.runs.run import Run
from pages.shared.content.images import DISPLAY_SIDE, Picture


@dataclass(frozen=True)
class Answer:
    """One model's answer for one picture, ready for the browser.

    Attributes:
        size: Height and width of the label map.
        labels: The label map, row by row, as base64 of deflated bytes.
        confidence: The confidence in per cent, in steps from pixel to pixel of a row, as base64 of deflated bytes.
        shares: Share of the picture's pixels per class id, adding up to 1. Every share on a page comes from here.
        seconds: Time from the decoded picture to the label map, on this computer, when the answer was made.
        precision: The arithmetic it was made in.
        objects: The connected regions of the label map, in its pixels, as small as the model's config allows; the
            largest first.
    """

    size: tuple[int, int]
    labels: str
    confidence: str
    shares: tuple[float, ...]
    seconds: float
    precision: str
    objects: tuple[Region, ...]


_PREDICTING = threading.Lock()
"""Held while a model predicts: two at once share the processor, and neither's time would be its own."""
_PERCENT = ((np.arange(256) * 100 + 127) // 255).astype(np.uint8)

Found = tuple[str, Run, Answer]
"""What is handed around: the name under which a model was chosen, the model, and its answer."""


class NotYetError(Exception):
    """Something is wanted only if it has been computed."""


def fitting(models: dict[str, Run], picture: Picture, few: int = 4) -> list[str]:
    """Choose the models to begin with: those trained on the picture's kind, else any; published ones if there are.

    Every dataset has its turn before a second model of one comes in; of a dataset's models, the best on val come first.

    Args:
        models: Name to run.
        picture: The picture to be shown; an upload's kind is not known.
        few: How many to choose at most.

    Returns:
        Names, in the order of ``models``.
    """
    suited = [name for name, run in models.items() if run.dataset.kind in picture.kinds] or list(models)
    suited = [name for name in suited if models[name].published] or suited
    turns: dict[str, list[str]] = {}
    for name in sorted(suited, key=lambda name: -_miou(models[name])):
        turns.setdefault(models[name].dataset.name, []).append(name)
    place = {name: turn for names in turns.values() for turn, name in enumerate(names)}
    return sorted(sorted(suited, key=lambda name: place[name])[:few], key=list(models).index)


def _miou(run: Run) -> float:
    """Return a run's mIoU on val, 0 if it is not known."""
    scores = run.scores("val")
    return (scores.miou if scores else None) or 0.0


def answer(picture: Picture, run: Run) -> Answer:
    """Return what a model says about a picture, computed only once.

    Raises:
        UserError: If the model is damaged or cannot be compiled, or the picture cannot be decoded.
    """
    return _answer(picture.digest, weights_digest(run), str(run.path), picture, run)


def known(picture: Picture, run: Run) -> Answer | None:
    """Return what a model says about a picture if that has been computed, else None; takes no time."""
    try:
        return _answer(picture.digest, weights_digest(run), str(run.path), picture, run, _compute=False)
    except NotYetError:
        return None


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
    """Load a model once for all visitors; a bounded number stays in memory."""
    return Predictor.load(_run, precision)


@st.cache_data(max_entries=256, show_spinner=False)
def _answer(picture: str, weights: str, path: str, _picture: Picture, _run: Run, _compute: bool = True) -> Answer:
    if not _compute:  # only reached if the answer is not in the cache
        raise NotYetError
    model = predictor(_run)
    pixels = _picture.pixels()
    with _PREDICTING:
        prediction = model.predict(pixels, longest=DISPLAY_SIDE)
    labels, space = prediction.labels, model.label_space
    counts = count_values(labels)[: len(space)]
    percent = np.asarray(cv2.LUT(prediction.confidence, _PERCENT), np.uint8)
    objects, _ = regions(labels, prediction.confidence, space, _run.experiment.evaluate.smallest_object)
    return Answer(
        (labels.shape[0], labels.shape[1]),
        pack(labels),
        pack(steps(percent)),
        tuple(float(count) for count in counts / labels.size),
        prediction.seconds,
        model.precision,
        tuple(objects),
    )


def steps(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Replace each value but a row's first by the step from its left neighbour, modulo 256; it deflates far better.

    Args:
        values: ``(H, W)``.
    """
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]
    return differences


def label_map(found: Answer) -> NDArray[np.uint8]:
    """Return the label map of an answer, ``(H, W)``."""
    return _unpack(found.labels, found.size)


def confidence(found: Answer) -> NDArray[np.uint8]:
    """Return the confidence of an answer in per cent, 0 to 100, ``(H, W)``."""
    return np.cumsum(_unpack(found.confidence, found.size), axis=1, dtype=np.uint8)


def _unpack(plane: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(base64.b64decode(plane)), np.uint8).reshape(size)


def pack(plane: NDArray[np.uint8]) -> str:
    """Return a plane's bytes, deflated, as base64."""
    return base64.b64encode(zlib.compress(plane.tobytes(), 1)).decode()
