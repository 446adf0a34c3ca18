"""What a network says about every pixel, and how it becomes a label map of the image's size.

Scores are resized bilinearly before the winner is taken, so borders are as smooth as the image allows; labels, which
can't be averaged, are resized by nearest neighbour.
"""

import os
from collections.abc import Iterator
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
from models.inference.winners import Winners
from models.runs.familiarity import Verdict


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
    def _winners(self) -> Winners:
        planes = class_planes(self.scores[self.box.window], self.classes)
        few = candidates(planes)
        return Winners([self.classes[index] for index in few], planes[few], self.box)

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the winner of each pixel, the lower id in a tie, and its probability."""
        return self._winners.rows(rows)

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each class with its probability; see ``ScoreMap``."""
        for class_id in self.classes:
            plane = np.ascontiguousarray(self.scores[..., class_id, None])
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
    def _planes(self) -> NDArray[np.float32]:
        # Shifting all classes of a pixel alike changes no softmax, and keeps the exponentials finite.
        highest = self.scores[..., list(self.classes)].max(axis=2, keepdims=True)
        return class_planes(self.scores - highest, self.classes)

    @cached_property
    def _winners(self) -> Winners:
        top, left, height, width = self.box.top, self.box.left, self.box.height, self.box.width
        shown = self._planes[:, top : top + height, left : left + width]
        return Winners(self.classes, np.ascontiguousarray(shown), self.box)

    def winners(self, rows: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the winner of each pixel, the lower id in a tie, and its probability."""
        winner, best = self._winners.rows(rows)
        total = np.zeros(best.shape, np.float32)
        for plane in self._planes:
            total += np.asarray(cv2.exp(scores_to_image(plane[..., None], self.box, rows)[..., 0] - best), np.float32)
        return winner, np.asarray(1 / total, np.float32)  # the winner's exponential is 1

    def probabilities(self, rows: slice) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield each class with its probability; see ``ScoreMap``."""
        _, best = self._winners.rows(rows)
        _, most = self.winners(rows)
        for class_id, plane in zip(self.classes, self._planes, strict=True):
            relative = np.asarray(cv2.exp(scores_to_image(plane[..., None], self.box, rows)[..., 0] - best), np.float32)
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


def candidates(planes: NDArray[np.float32]) -> list[int]:
    """Return which classes can win at some pixel, of probabilities ``(C, h, w)``: usually far fewer than there are.

    After interpolation, too, the winner has at least the mean probability of all classes.
    """
    least = planes.sum(axis=0).min() / len(planes)
    most = planes.max(axis=(1, 2)).tolist()
    # Slightly less than the bound, because OpenCV rounds.
    return [index for index, highest in enumerate(most) if highest >= 0.999 * least]


def class_planes(scores: NDArray[np.float32], classes: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the scores ``(h, w, C)`` of some classes, class by class, ``(c, h, w)``."""
    return np.stack([scores[..., class_id] for class_id in classes])
