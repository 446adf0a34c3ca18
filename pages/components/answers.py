"""What the models say about a picture: computed once, kept small, with the figures every part of a page shows."""

import base64
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from configs.files import sha256
from models import registry
from models.predictor import Predictor
from models.runs import Run
from pages.components.pictures import DISPLAY_SIDE, Picture


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
    """

    size: tuple[int, int]
    labels: str
    confidence: str
    shares: tuple[float, ...]
    seconds: float
    precision: str


def usable() -> dict[str, Run]:
    """Return the models that can answer, by the name under which they are chosen, published ones first."""
    found: dict[str, Run] = {}
    for run in registry.runs():
        if run.weights.is_file():
            found[run.name if run.name not in found else f"{run.name} (local)"] = run
    return found


def fitting(models: dict[str, Run], picture: Picture, few: int = 4) -> list[str]:
    """Choose the models to begin with: those trained on the picture's kind, else any; published ones if there are.

    Args:
        models: Name to run.
        picture: The picture to be shown; an upload's kind is not known.
        few: How many to choose at most.
    """
    suited = [name for name, run in models.items() if run.dataset.kind in picture.kinds] or list(models)
    return ([name for name in suited if models[name].published] or suited)[:few]


def answer(picture: Picture, run: Run) -> Answer:
    """Return what a model says about a picture, computed only once.

    Raises:
        UserError: If the model is damaged or cannot be compiled, or the picture cannot be decoded.
    """
    return _answer(picture.digest, weights_digest(run), str(run.path), picture, run)


def weights_digest(run: Run) -> str:
    """Return the SHA-256 of a run's weights; the file is read again only when it has changed."""
    state = run.weights.stat()
    return _sha256(str(run.weights), state.st_mtime_ns, state.st_size)


@st.cache_data(max_entries=64, show_spinner=False)
def _sha256(path: str, changed: int, size: int) -> str:
    return sha256(Path(path))


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictor(weights: str, path: str, _run: Run) -> Predictor:
    """Load a model once for all visitors; a bounded number stays in memory."""
    return Predictor.load(_run)


@st.cache_data(max_entries=256, show_spinner=False)
def _answer(picture: str, weights: str, path: str, _picture: Picture, _run: Run) -> Answer:
    predictor = _predictor(weights, path, _run)
    prediction = predictor.predict(_picture.pixels(), longest=DISPLAY_SIDE)
    labels = prediction.labels
    counts = np.bincount(labels.ravel(), minlength=len(predictor.label_space))
    percent = ((prediction.confidence.astype(np.uint16) * 100 + 127) // 255).astype(np.uint8)
    return Answer(
        (labels.shape[0], labels.shape[1]),
        _pack(labels),
        _pack(steps(percent)),
        tuple(float(count) for count in counts / labels.size),
        prediction.seconds,
        predictor.precision,
    )


def steps(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Replace each value but a row's first by the step from its left neighbour, modulo 256; it deflates far better.

    Args:
        values: ``(H, W)``.
    """
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]
    return differences


def _pack(plane: NDArray[np.uint8]) -> str:
    """Return a plane's bytes, deflated, as base64."""
    return base64.b64encode(zlib.compress(plane.tobytes(), 1)).decode()
