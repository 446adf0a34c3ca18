"""Where the chosen models agree on a picture: the comparison, and its map for the viewer."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from data.label_maps import label_histogram
from models.metrics import agreement
from models.metrics.agreement import Level, PairAgreement
from pages.compare.agreement_text import compared_models
from pages.compare.viewer.component import Panel, PanelClass
from pages.compare.viewer.packing import pack
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui.held_uploads import forgets

COLOURS = {
    Level.AGREE: "#123a6b",
    Level.NOT_COMPARABLE: "#6e6e6e",
    Level.SOME: "#e8801a",
    Level.MOST: "#fff06a",
}
"""From dark to light, so that differences stand out and nothing depends on hue alone."""
NAMES_FOR_TWO = {Level.AGREE: "agree", Level.MOST: "differ", Level.NOT_COMPARABLE: "not comparable"}
NAMES_FOR_MORE = {
    Level.AGREE: "none differ",
    Level.SOME: "some differ",
    Level.MOST: "most differ",
    Level.NOT_COMPARABLE: "not comparable",
}


@dataclass(frozen=True)
class Comparison:
    """A comparison of models on a picture: the packed ``Level`` of every pixel, and the share of each level."""

    size: tuple[int, int]
    levels: str
    shares: dict[Level, float]
    pairs: tuple[PairAgreement, ...]


@st.cache_data(
    max_entries=32,
    show_spinner=False,
    hash_funcs={ModelPrediction: lambda one: (one.run.dataset.name, one.prediction.key)},
)
def compare_models(predictions: Sequence[ModelPrediction]) -> Comparison:
    """Compare the predictions of at least two models, only once."""
    labels = [one.prediction.labels for one in predictions]
    result = agreement.agreement(labels, [one.run.dataset for one in predictions])
    levels = result.levels()
    counts = label_histogram(levels) / levels.size
    return Comparison(
        (levels.shape[0], levels.shape[1]), pack(levels), {level: float(counts[level]) for level in Level}, result.pairs
    )


@forgets
def _forget(_: str) -> None:
    compare_models.clear()


def agreement_panel(predictions: Sequence[ModelPrediction]) -> Panel | None:
    """Return the map of where the models differ, or None if there is nothing to compare."""
    if len(predictions) < 2 or (comparison := compare_models(predictions)).shares[Level.NOT_COMPARABLE] == 1:
        return None
    models = len(compared_models(comparison.pairs))
    return Panel(
        "Agreement",
        "agreement",
        note=f"of {models} models" if models == len(predictions) else f"of {models} of {len(predictions)} models",
        space="agreement",
        size=comparison.size,
        labels=comparison.levels,
        confidence=None,
        classes=tuple(
            PanelClass(int(level), name, COLOURS[level], comparison.shares[level])
            for level, name in (NAMES_FOR_TWO if models == 2 else NAMES_FOR_MORE).items()
            if comparison.shares[level]
        ),
    )
