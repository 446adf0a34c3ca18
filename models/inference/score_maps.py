"""What a network says about every pixel, and how it becomes a label map of the image's size.

Scores are resized bilinearly before the winner is taken, so borders are as smooth as the image allows; labels, which
can't be averaged, are resized by nearest neighbour.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from data.geometry import Letterbox, scores_to_image
from data.label_maps import resize_nearest
from data.row_chunks import row_chunks
from models.runs.familiarity import Verdict

Planes = Mapping[int, NDArray[np.float32]]
"""The scores ``(h, w, 1)`` of the classes that may win, by their ids, ascending."""


class ScoreMap(Protocol):
    """A network's output for an image."""

    @property
    def box(self) -> Letterbox:
        """Where the image lies in the output, and the size that the label map will have."""

    @property
    def has_confidence(self) -> bool:
        """Whether the output says how sure the network is."""

    @property
    def verdict(self) -> Verdict | None:
        """Whether the image is like those the network was trained on; None if that is unknown."""

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the class id of each pixel in some rows of the label map, and its probability, both ``(rows, W)``.

        The probability is 1 everywhere without ``has_confidence``.
        """

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]] | None:
        """Yield each class that may win, by its id, with its probability in some rows of the label map, ``(rows, W)``.

        They add up to 1. They come one by one, so that memory stays bounded for any number of classes; None if only
        the winners are known.
        """


@dataclass(frozen=True)
class Probabilities:
    """Probabilities that add up to 1 at every pixel, ``scores`` ``(h, w, C)``; ``classes`` are the ids that may win."""

    scores: NDArray[np.float32]
    box: Letterbox
    classes: tuple[int, ...]
    has_confidence: bool = True
    verdict: Verdict | None = None

    @cached_property
    def _planes(self) -> Planes:
        return class_planes(self.scores, candidates(self.scores[self.box.window], self.classes))

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the winner of each pixel, the lower id in a tie, and its probability."""
        return highest(self._planes, self.box, rows)

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each class with its probability; see ``ScoreMap``."""
        for class_id in self.classes:
            plane = class_planes(self.scores, (class_id,))[class_id]
            yield class_id, scores_to_image(plane, self.box, rows)[..., 0]


@dataclass(frozen=True)
class Logits:
    """Logits, ``scores`` ``(h, w, C)``, whose softmax over ``classes``, the ids that may win, are probabilities.

    They are resized before the softmax, as the losses and the tools of most frameworks do.
    """

    scores: NDArray[np.float32]
    box: Letterbox
    classes: tuple[int, ...]
    has_confidence: bool = True
    verdict: Verdict | None = None

    @cached_property
    def _planes(self) -> Planes:
        # Shifting all classes of a pixel alike changes no softmax, and keeps the exponentials finite.
        highest_score = self.scores[..., list(self.classes)].max(axis=2, keepdims=True)
        return class_planes(self.scores - highest_score, self.classes)

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the winner of each pixel, the lower id in a tie, and its probability."""
        winner, best = highest(self._planes, self.box, rows)
        total = np.zeros(best.shape, np.float32)
        for plane in self._planes.values():
            total += np.asarray(cv2.exp(scores_to_image(plane, self.box, rows)[..., 0] - best), np.float32)
        return winner, np.asarray(1 / total, np.float32)  # the winner's exponential is 1

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each class with its probability; see ``ScoreMap``."""
        _, best = highest(self._planes, self.box, rows)
        _, most = self.winners(rows)
        for class_id, plane in self._planes.items():
            relative = np.asarray(cv2.exp(scores_to_image(plane, self.box, rows)[..., 0] - best), np.float32)
            yield class_id, relative * most


@dataclass(frozen=True)
class Foreground:
    """The probability of one class, or its logit, ``scores`` ``(h, w, 1)``, against a background.

    ``classes`` are the ids of the background and the class, which wins where its probability reaches ``threshold``.
    """

    scores: NDArray[np.float32]
    box: Letterbox
    classes: tuple[int, int]
    threshold: float
    logits: bool
    has_confidence: bool = True
    verdict: Verdict | None = None

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the class of each pixel and its probability."""
        probability = self._probability(rows)
        won = probability >= self.threshold
        background, foreground = self.classes
        labels = np.where(won, np.uint8(foreground), np.uint8(background))
        return labels, np.where(won, probability, 1 - probability)

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each class with its probability; see ``ScoreMap``."""
        probability = self._probability(rows)
        background, foreground = self.classes
        yield background, 1 - probability
        yield foreground, probability

    def _probability(self, rows: slice) -> NDArray[np.float32]:
        """Return the probability of the class against the background, ``(rows, W)``."""
        probability = scores_to_image(self.scores, self.box, rows)[..., 0]
        if self.logits:
            with np.errstate(over="ignore"):  # exp(-x) may be infinite; the probability is then 0
                probability = np.asarray(1 / (1 + np.exp(-probability)), np.float32)
        return np.clip(probability, np.float32(0), np.float32(1))


@dataclass(frozen=True)
class LabelScores:
    """Labels that were decided elsewhere, ``labels`` ``(h, w)`` uint8, and how sure they are if that is known.

    ``confidence`` is the probability of each label, ``(h, w)``.
    """

    labels: NDArray[np.uint8]
    box: Letterbox
    confidence: NDArray[np.float32] | None = None
    verdict: Verdict | None = None

    @property
    def has_confidence(self) -> bool:
        """Whether the probabilities are known."""
        return self.confidence is not None

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the label of each pixel, and its probability, or 1."""
        labels = self._resized[rows]
        if self.confidence is None:
            return labels, np.ones(labels.shape, np.float32)
        return labels, scores_to_image(self.confidence[..., None], self.box, rows)[..., 0]

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]] | None:
        """Return None: only the labels are known; see ``ScoreMap``."""
        return None

    @cached_property
    def _resized(self) -> NDArray[np.uint8]:
        return resize_nearest(self.labels[self.box.window], *self.box.image)


def decide(scores: ScoreMap, chunk_pixels: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Return the class id of each pixel and its probability (0..255, None if unknown), both ``(H, W)``.

    ``chunk_pixels`` are processed at a time; the result does not depend on it.
    """
    size = scores.box.image
    labels, confidence = np.empty(size, np.uint8), np.empty(size, np.uint8)

    def fill(rows: slice) -> None:
        labels[rows], probability = scores.winners(rows)
        confidence[rows] = np.rint(probability * 255)

    chunks = list(row_chunks(size, chunk_pixels))
    if len(chunks) == 1:
        fill(chunks[0])
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(fill, chunks))
    return labels, confidence if scores.has_confidence else None


def candidates(scores: NDArray[np.float32], classes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the classes that can win at some pixel: a superset of the winners, usually far smaller than ``classes``.

    After interpolation of probabilities ``(h, w, C)``, too, the winner has at least the mean probability of all
    classes.
    """
    eligible = scores[..., list(classes)]
    least = eligible.sum(axis=2).min() / len(classes)
    most_likely = eligible.max(axis=(0, 1))
    # Slightly less than the bound, because OpenCV rounds.
    return tuple(
        class_id for class_id, most in zip(classes, most_likely.tolist(), strict=True) if most >= 0.999 * least
    )


def class_planes(scores: NDArray[np.float32], classes: tuple[int, ...]) -> dict[int, NDArray[np.float32]]:
    """Return the scores ``(h, w, 1)`` of each class that may win, by its id; ``classes`` ascend."""
    return {class_id: np.ascontiguousarray(scores[..., class_id, None]) for class_id in classes}


def highest(planes: Planes, box: Letterbox, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the id with the highest score at each pixel in some rows of the image, and the score, both ``(rows, W)``.

    Works class by class: numpy's argmax over the last axis of ``(H, W, C)`` takes five times as long.
    """
    (first, plane), *others = planes.items()
    best = scores_to_image(plane, box, rows)[..., 0]
    winner = np.full(best.shape, first, np.uint8)
    for class_id, plane in others:
        candidate = scores_to_image(plane, box, rows)[..., 0]
        won = cv2.compare(candidate, best, cv2.CMP_GT).astype(np.uint8, copy=False)  # 255 where it won, else 0
        np.maximum(winner, won & np.uint8(class_id), out=winner)  # ids ascend, so the latest winner is the largest
        np.maximum(best, candidate, out=best)
    return winner, best
