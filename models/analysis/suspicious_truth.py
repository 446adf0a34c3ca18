"""Where confident models agree against the truth: regions of masks worth a second look.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
JAIR 70), pixel by pixel; Lad and Mueller 2023 ("Estimating label quality and errors in semantic segmentation data via
any model", arXiv:2307.05080) compare ways to rank masks. A pixel is suspicious if every model predicts the same class
``j`` there, the truth is another class, and each model is at least as confident as it is on average where it predicts
``j`` and the truth agrees.

This approximates the original, in which a class's threshold is the mean probability of ``j`` over all pixels whose
truth is ``j``, also of those predicted as something else, and any class above its threshold counts, not the predicted
one alone. That needs every class's probability at every pixel; here only that of the winner is known. The threshold is
the higher for it, so fewer pixels are suspected.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.analysis.saved_predictions import STEPS
from models.metrics.coco import run_lengths

NOT_SUSPICIOUS = 255

Labels = NDArray[np.uint8]
Floats = NDArray[np.float64]


class Answer(NamedTuple):
    """What a model says of an image: class ids ``(H, W)``, and their probabilities ``(H, W)``, 0..60 for 0..1."""

    labels: Labels
    confidence: NDArray[np.uint8]


class Judged(NamedTuple):
    """An image's id, its truth ``(H, W)`` in the ids of the answers, and the answer of every model."""

    id: str
    truth: Labels
    answers: Sequence[Answer]


@dataclass(frozen=True)
class Options:
    """Which regions are listed.

    Attributes:
        smallest: Least area, as a share of the image's pixels.
        opening: Radius of the morphological opening, as a share of the image's diagonal. It removes bands of up to
            twice that width: no outline is drawn to the pixel.
        most: How many regions are kept, those with the highest scores.
    """

    smallest: float = 0.001
    opening: float = 0.005
    most: int = 1000


@dataclass(frozen=True)
class SuspiciousRegion:
    """Connected pixels of one class in the truth that all models take for one other class.

    Attributes:
        image: Id of the image.
        truth, proposed: The class in the truth, and the models' class.
        box: Left, top, width and height in pixels.
        pixels: The number of pixels.
        confidence: Mean probability of the proposed class, 0 to 1, for each model.
        score: The pixels, each weighted by how much of the way from the threshold to certainty the confidence goes,
            0 to 1, averaged over the models. Without the division by that way, classes of which models are never sure
            would come first.
        run_lengths: The pixels, in COCO's compressed run lengths.
    """

    image: str
    truth: int
    proposed: int
    box: tuple[int, int, int, int]
    pixels: int
    confidence: tuple[float, ...]
    score: float
    run_lengths: dict[str, Any]


@dataclass(frozen=True)
class SuspiciousImage:
    """An image's id, how many suspicious regions it has, and their share of its scored pixels."""

    id: str
    regions: int
    share: float


@dataclass(frozen=True)
class Findings:
    """The regions and images worth a look, the most suspicious first, and how many regions were not kept."""

    regions: tuple[SuspiciousRegion, ...]
    images: tuple[SuspiciousImage, ...]
    left_out: int


def thresholds(images: Iterable[Judged], models: int) -> list[Floats]:
    """Return each model's mean confidence, 0 to 60, where it predicts a class and the truth agrees.

    Each is ``(256,)`` by class id, and infinite for a class that the model never gets right, which is never suspected.

    >>> answer = Answer(np.array([[0, 0, 1]], np.uint8), np.array([[60, 30, 50]], np.uint8))
    >>> (found,) = thresholds([Judged("a", np.array([[0, 0, 0]], np.uint8), [answer])], 1)
    >>> found[:2].tolist()
    [45.0, inf]
    """
    pixels, total = np.zeros((models, 256)), np.zeros((models, 256))
    for image in images:
        for index, answer in enumerate(image.answers):
            right = image.truth == answer.labels
            labels = answer.labels[right]
            pixels[index] += np.bincount(labels, minlength=256)
            total[index] += np.bincount(labels, answer.confidence[right], minlength=256)
    return list(np.divide(total, pixels, out=np.full(pixels.shape, np.inf), where=pixels > 0))


def proposals(truth: Labels, answers: Sequence[Answer], limits: Sequence[Floats], space: LabelSpace) -> Labels:
    """Return the class ``(H, W)`` on which the models agree against the truth, ``NOT_SUSPICIOUS`` elsewhere.

    ``limits`` are the models' ``thresholds``. Nothing is suspicious where the truth has no scored class.
    """
    scored = np.zeros(256, bool)
    scored[list(space.scored)] = True
    proposed = answers[0].labels
    found = scored[truth] & (proposed != truth)
    for answer, limit in zip(answers, limits, strict=True):
        found &= (answer.labels == proposed) & (answer.confidence >= limit[proposed])
    return np.where(found, proposed, np.uint8(NOT_SUSPICIOUS))


def regions(
    image: Judged, limits: Sequence[Floats], space: LabelSpace, options: Options = Options()
) -> Iterator[SuspiciousRegion]:
    """Find the suspicious regions of an image, in no order of importance."""
    truth = image.truth
    proposed = proposals(truth, image.answers, limits, space)
    joint = truth.astype(np.uint16) << 8 | proposed
    radius = max(1, round(options.opening * math.hypot(*truth.shape)))
    least = max(1.0, round(options.smallest * truth.size, 6))
    pairs, numbers = np.unique(joint[proposed != NOT_SUSPICIOUS], return_counts=True)
    for pair in pairs[numbers >= least].tolist():  # with many classes most pairs have a few pixels only
        places, boxes = _components(joint == pair, radius)
        for number, box in boxes:
            left, top, width, height = box
            part = slice(top, top + height), slice(left, left + width)
            inside = places[part] == number
            pixels = int(inside.sum())
            if pixels < least:
                continue
            sums = [int(answer.confidence[part][inside].sum()) for answer in image.answers]
            true, other = divmod(pair, 256)
            margins = [
                (total / pixels - limit[other]) / (STEPS + 1 - limit[other])  # a step more, so that it is not 0 / 0
                for total, limit in zip(sums, limits, strict=True)
            ]
            yield SuspiciousRegion(
                image.id,
                true,
                other,
                box,
                pixels,
                tuple(total / pixels / STEPS for total in sums),
                pixels * float(sum(margins)) / len(margins),
                run_lengths(places, number, box),
            )


def _components(
    mask: NDArray[np.bool_], radius: int
) -> tuple[NDArray[np.int32], list[tuple[int, tuple[int, int, int, int]]]]:
    """Open a mask ``(H, W)`` by a disc, and return its connected regions: ``(H, W)`` numbers, and each one's box.

    Beyond the image's border lies neither mask nor gap: a region that the border cuts is not worn away from there.
    """
    side = 2 * radius + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # Only the part around the mask, as far as the disc reaches: with many classes most masks are small.
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    first, start = max(0, top - radius), max(0, left - radius)
    part = slice(first, top + height + radius), slice(start, left + width + radius)
    opened = cv2.morphologyEx(mask[part].view(np.uint8), cv2.MORPH_OPEN, disc)
    _, found, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8, ltype=cv2.CV_32S)
    numbers = np.zeros(mask.shape, np.int32)
    numbers[part] = found
    boxes = [(x + start, y + first, across, down) for x, y, across, down in stats[1:, :4].tolist()]
    return numbers, list(enumerate(boxes, start=1))


def find(
    images: Iterable[Judged], limits: Sequence[Floats], space: LabelSpace, options: Options = Options()
) -> Findings:
    """Find the suspicious regions of many images, one image at a time; ``limits`` are the models' ``thresholds``."""
    best: list[tuple[float, int, SuspiciousRegion]] = []
    listed, count = [], 0
    for image in images:
        pixels = found = 0
        for region in regions(image, limits, space, options):
            count, found, pixels = count + 1, found + 1, pixels + region.pixels
            entry = (region.score, -count, region)  # of equals, the first stays first
            if len(best) < options.most:
                heapq.heappush(best, entry)
            else:
                heapq.heappushpop(best, entry)
        if found:
            scored = int(np.isin(image.truth, space.scored).sum())
            listed.append(SuspiciousImage(image.id, found, pixels / scored))
    ranked = tuple(region for _, _, region in sorted(best, reverse=True, key=lambda entry: entry[:2]))
    return Findings(ranked, tuple(sorted(listed, key=lambda one: -one.share)), count - len(ranked))


def search(images: Iterable[Judged], models: int, space: LabelSpace, options: Options = Options()) -> Findings:
    """Find the suspicious regions of a split; ``images`` is read twice, for the thresholds of the models first."""
    return find(images, thresholds(images, models), space, options)
