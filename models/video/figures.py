"""Computes the figures of each frame, and writes them as tables.

They are class shares, steadiness, how far the models agree, and whether the frame is like their training pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from configs import csv_tables
from data.label_maps import label_histogram, resize_nearest
from models.metrics import temporal
from models.metrics.agreement import agreement
from models.metrics.segmentation import Floats, Integers, Labels
from models.runs.familiarity import Verdict
from models.runs.model import Model

TABLES = ("shares.csv", "temporal.csv", "agreement.csv", "familiarity.csv")
"""The tables: one row per frame and model, in that of agreement per frame and pair of models."""


@dataclass(frozen=True)
class Figures:
    """The figures of a frame, per model, and per pair of models in the order of ``itertools.combinations``.

    Attributes:
        shares: The share of the frame's pixels of each class, ``(C,)``.
        counts: ``models.metrics.temporal.confusion`` with the frame before, ``(C, C)``; None for the first frame.
        compared: The share of the pixels that could be compared with the frame before; 0 for the first.
        agreements: The share of the comparable pixels on which two models agree, and the share that is comparable.
    """

    shares: tuple[Floats, ...]
    counts: tuple[Integers, ...] | None
    compared: float
    agreements: tuple[tuple[float, float], ...]


class Observer:
    """Looks at one frame after another."""

    def __init__(self, models: Sequence[Model]) -> None:
        """Prepare for the label maps of some models."""
        self._classes = [len(model.label_space) for model in models]
        self._datasets = [model.dataset for model in models]
        self._previous: tuple[NDArray[np.uint8], list[Labels]] | None = None
        self._flow = temporal.estimator()

    def remember(self, image: NDArray[np.uint8], labels: Sequence[Labels]) -> None:
        """Take a frame as the one before, without computing its figures."""
        self._previous = temporal.grey(image), _small(image, labels)

    def look(self, image: NDArray[np.uint8], labels: Sequence[Labels]) -> Figures:
        """Return the figures of a frame ``(H, W, 3)`` and its label maps ``(H, W)``, one per model."""
        before, self._previous = self._previous, (temporal.grey(image), _small(image, labels))
        grey, small = self._previous
        counts, compared = None, 0.0
        if before is not None:
            moved = temporal.motion(before[0], grey, self._flow)
            compared = float(moved.trusted.mean())
            counts = tuple(
                temporal.confusion(old, new, moved, classes)
                for old, new, classes in zip(before[1], small, self._classes, strict=True)
            )
        shares = tuple(
            label_histogram(plane)[:classes] / plane.size for plane, classes in zip(labels, self._classes, strict=True)
        )
        pairs = agreement(small, self._datasets).pairs if len(small) > 1 else ()
        return Figures(shares, counts, compared, tuple((pair.agreement, pair.comparable) for pair in pairs))


class Tables:
    """Writes figures as the lines of the tables; their class columns hold the classes of all models."""

    def __init__(self, models: Sequence[Model]) -> None:
        """Prepare for some models."""
        self._models = [model.name for model in models]
        self._spaces = [model.label_space for model in models]
        self._classes = list(dict.fromkeys(space.names[index] for space in self._spaces for index in space.scored))

    def headers(self) -> dict[str, str]:
        """Return the first line of each table."""
        start = ["frame", "time", "model"]
        return {
            "shares.csv": csv_tables.line([*start, *(f"share: {name}" for name in self._classes)]),
            "temporal.csv": csv_tables.line(
                [*start, "compared", "consistency", "flicker", *(f"flicker: {name}" for name in self._classes)]
            ),
            "agreement.csv": csv_tables.line(["frame", "time", "first", "second", "agreement", "comparable"]),
            "familiarity.csv": csv_tables.line([*start, "unlike", "distance", "threshold"]),
        }

    def lines(self, frame: int, time: float, figures: Figures, verdicts: Sequence[Verdict | None]) -> dict[str, str]:
        """Return the lines of a frame in each table; what does not exist is an empty cell, or for verdicts no line."""
        start = [str(frame), f"{time:.6f}"]
        shares, steadiness = [], []
        for index, name in enumerate(self._models):
            shares.append(csv_tables.line([*start, name, *self._per_class(index, figures.shares[index])]))
            counts = None if figures.counts is None else figures.counts[index]
            if counts is None:
                cells = [""] * (3 + len(self._classes))
            else:
                whole = [figures.compared, temporal.consistency(counts), temporal.flicker(counts)]
                cells = [*map(_cell, whole), *self._per_class(index, temporal.class_flicker(counts))]
            steadiness.append(csv_tables.line([*start, name, *cells]))
        pairs = [
            csv_tables.line([*start, self._models[first], self._models[second], *map(_cell, values)])
            for (first, second), values in zip(
                combinations(range(len(self._models)), 2), figures.agreements, strict=True
            )
        ]
        familiar = [
            csv_tables.line([*start, name, str(int(one.unlike)), f"{one.distance:.4g}", f"{one.threshold:.4g}"])
            for name, one in zip(self._models, verdicts, strict=True)
            if one is not None
        ]
        return dict(zip(TABLES, map("".join, (shares, steadiness, pairs, familiar)), strict=True))

    def _per_class(self, model: int, values: Floats) -> list[str]:
        space = self._spaces[model]
        own = {space.names[index]: _cell(float(values[index])) for index in space.scored}
        return [own.get(name, "") for name in self._classes]


def _small(image: NDArray[np.uint8], labels: Sequence[Labels]) -> list[Labels]:
    height, width = temporal.working_size(image.shape[0], image.shape[1])
    return [resize_nearest(plane, height, width) for plane in labels]


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6f}"
