"""Where two models differ on a split: pixels by which of them is right, and the largest connected regions of these."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace
from data.row_chunks import row_chunks

BOTH, ONLY_A, ONLY_B, NEITHER, VOID = range(5)
AREAS = LabelSpace(
    ("both right", "only A right", "only B right", "both wrong", "not scored"),
    ("#c8c8c8", "#0072b2", "#e69f00", "#6b1f3a", "#000000"),
    void=VOID,
)
"""What a pixel is, in colours that everyone can tell apart; void pixels are in none of the four areas."""
SMALLEST = 0.001
"""Least area of a listed region, as a share of its image."""
MOST = 2000
"""The most regions that are kept of each area of a split."""


@dataclass(frozen=True)
class Answers:
    """The label maps of one image: the truth and what two models say, each ``(H, W)`` ids of the scored classes."""

    id: str
    truth: NDArray[np.uint8]
    a: NDArray[np.uint8]
    b: NDArray[np.uint8]


@dataclass(frozen=True)
class DifferingRegion:
    """A connected region of one area; its three classes are those that most of its pixels have together.

    Attributes:
        image: The id of its image.
        area: ``ONLY_A``, ``ONLY_B`` or ``NEITHER``.
        truth: The class of the truth.
        a: What the first model says.
        b: What the second model says.
        pixels: Its size.
        box: Left, top, width and height in pixels of the mask.
        start: Row and column of its first pixel, row by row.
    """

    image: str
    area: int
    truth: int
    a: int
    b: int
    pixels: int
    box: tuple[int, int, int, int]
    start: tuple[int, int]


@dataclass(frozen=True)
class Disagreement:
    """Two models on a split.

    Attributes:
        pixels: ``(S, 4)`` pixels by class of the truth, in the order of ``LabelSpace.scored``, and by area.
        regions: The largest regions, the largest first; of each area at most as many as were asked for.
        found: How many regions there are that are not too small.
    """

    pixels: NDArray[np.int64]
    regions: tuple[DifferingRegion, ...]
    found: int


def areas(truth: NDArray[np.uint8], a: NDArray[np.uint8], b: NDArray[np.uint8], space: LabelSpace) -> NDArray[np.uint8]:
    """Return what each pixel is, an id of ``AREAS``; all are ``(H, W)``.

    >>> space = LabelSpace(("cat", "dog", "unknown"), ("#ff0000", "#00ff00", "#000000"), void=2)
    >>> areas(*(np.array([row], np.uint8) for row in ([0, 0, 0, 0, 2], [0, 0, 1, 1, 0], [0, 1, 0, 1, 0])), space)
    array([[0, 1, 2, 3, 4]], dtype=uint8)
    """
    kinds = (NEITHER - 2 * (truth == a).view(np.uint8) - (truth == b).view(np.uint8)).astype(np.uint8)
    unscored = np.ones(256, np.uint8)
    unscored[list(space.scored)] = 0
    kinds[np.asarray(cv2.LUT(truth, unscored)).view(bool)] = VOID
    return kinds


def class_counts(truth: NDArray[np.uint8], kinds: NDArray[np.uint8], space: LabelSpace) -> NDArray[np.int64]:
    """Return the pixels of an image by class of the truth and area, ``(S, 4)``, in the order of ``space.scored``."""
    counts = np.zeros(256 * len(AREAS), np.int64)
    for rows in row_chunks(truth.shape):
        counts += np.bincount((truth[rows].astype(np.int32) * len(AREAS) + kinds[rows]).ravel(), minlength=len(counts))
    by_class: NDArray[np.int64] = counts.reshape(256, len(AREAS))[list(space.scored)][:, list(AREAS.scored)]
    return by_class


def regions(answers: Answers, kinds: NDArray[np.uint8], smallest: float = SMALLEST) -> Iterator[DifferingRegion]:
    """Yield the connected regions of an image in which a model is wrong; pixels that touch at a corner are connected.

    ``kinds`` ``(H, W)`` is what ``areas`` returns; ``smallest`` is the least area as a share of the image.
    """
    least = max(1.0, round(smallest * kinds.size, 6))
    for area in (ONLY_A, ONLY_B, NEITHER):
        _, marks, stats, _ = cv2.connectedComponentsWithStats((kinds == area).view(np.uint8), connectivity=8)
        for number in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= least):
            if number:  # the first is everything else
                left, top, width, height, pixels = stats[number].tolist()
                part = slice(top, top + height), slice(left, left + width)
                inside = marks[part] == number
                truth, a, b = _commonest(*(plane[part][inside] for plane in (answers.truth, answers.a, answers.b)))
                start = (top, left + int(inside[0].argmax()))
                yield DifferingRegion(answers.id, area, truth, a, b, pixels, (left, top, width, height), start)


def mask_of(region: DifferingRegion, kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels belong to a region, ``(H, W)``; ``kinds`` is what ``areas`` returns for its image."""
    left, top, width, height = region.box
    part = slice(top, top + height), slice(left, left + width)
    _, marks = cv2.connectedComponents((kinds[part] == region.area).view(np.uint8), connectivity=8)
    mask = np.zeros(kinds.shape, bool)
    mask[part] = marks == marks[region.start[0] - top, region.start[1] - left]
    return mask


def compare(split: Iterable[Answers], space: LabelSpace, most: int = MOST, smallest: float = SMALLEST) -> Disagreement:
    """Compare two models on the images of a split, one after the other, so that only the results are kept.

    Args:
        split: The label maps of each image.
        space: The scored classes.
        most: How many regions of each area are kept.
        smallest: Least area of a region as a share of its image.
    """
    pixels = np.zeros((len(space.scored), len(AREAS.scored)), np.int64)
    kept: dict[int, list[tuple[int, int, DifferingRegion]]] = {ONLY_A: [], ONLY_B: [], NEITHER: []}
    found = 0
    for answers in split:
        kinds = areas(answers.truth, answers.a, answers.b, space)
        pixels += class_counts(answers.truth, kinds, space)
        for region in regions(answers, kinds, smallest):
            found += 1
            heap, entry = kept[region.area], (region.pixels, -found, region)  # of equal ones the first is kept
            if len(heap) < most:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)
    largest = [entry for heap in kept.values() for entry in heap]
    return Disagreement(pixels, tuple(entry[2] for entry in sorted(largest, reverse=True)), found)


def _commonest(truth: NDArray[np.uint8], a: NDArray[np.uint8], b: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Return the three classes that most pixels, ``(N,)``, have together."""
    codes = truth.astype(np.int32) << 16 | a.astype(np.int32) << 8 | b
    values, counts = np.unique(codes, return_counts=True)
    code = int(values[counts.argmax()])
    return code >> 16, code >> 8 & 255, code & 255
