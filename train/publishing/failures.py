"""Derives a model's known failures from its scores on a split."""

import statistics
from dataclasses import dataclass
from typing import NamedTuple

from data.label_space import BACKGROUND
from models.runs.evaluation import ClassScores, ImageScores, SplitScores
from models.runs.run import Run

WEAKEST, CONFUSIONS, WORST_IMAGES = 3, 5, 5
"""Largest numbers of classes, confusions and pictures that are listed."""
SMALLEST_SHARE = 0.05
"""Confusions and out-of-distribution predictions are listed from this share of the pixels on."""
RARE_BELOW = 20
"""A class in fewer training pictures is rare."""
COMMON = 1 / 5
"""A class is common if it is in at least this share of the pictures that show the most common one."""
NEVER_FOUND_BELOW = 0.05
"""A class with a lower IoU is listed as practically never found."""
CLASSES_PER_PICTURE = 2
"""Largest number of classes listed for an out-of-distribution picture."""


class Confusion(NamedTuple):
    """Share of the pixels of class ``truth`` that are predicted as another class."""

    truth: str
    predicted: str
    share: float


@dataclass(frozen=True)
class Imbalance:
    """Imbalance of the objects in the training pictures.

    Attributes:
        objects: Number of classes whose objects can be counted.
        common: Training pictures of each common class, the most frequent first.
        most_of_others: Training pictures of the most frequent class that is not common.
        pictures: All training pictures.
    """

    objects: int
    common: dict[str, int]
    most_of_others: int
    pictures: int


@dataclass(frozen=True)
class Failures:
    """Known failures of a model on a split; whatever is empty doesn't apply.

    Attributes:
        trained: Training pictures of each class, if they were counted.
        weakest: Classes with the lowest IoU, lowest first.
        never_found: Classes with an IoU below ``NEVER_FOUND_BELOW``.
        confusions: Most frequent confusions, largest share first.
        absent: Classes that the split never shows.
        rare: Training pictures of each rare class.
        imbalance: Present if only a few objects are common in the training pictures.
        worst_images: Pictures with the lowest mIoU, lowest first.
        out_of_distribution: Shares of the largest predicted classes, by the title of an out-of-distribution picture.
        worst_preview: Picture with the lowest mIoU among those with a stored label map.
    """

    trained: dict[str, int]
    weakest: list[ClassScores]
    never_found: list[str]
    confusions: list[Confusion]
    absent: list[str]
    rare: dict[str, int]
    imbalance: Imbalance | None
    worst_images: list[ImageScores]
    out_of_distribution: dict[str, dict[str, float]]
    worst_preview: ImageScores | None
    never_found_below: float = NEVER_FOUND_BELOW
    rare_below: int = RARE_BELOW

    @property
    def any(self) -> bool:
        """Whether there is anything to report."""
        return any(
            [
                *(self.weakest, self.never_found, self.confusions, self.absent, self.rare, self.imbalance),
                *(self.worst_images, self.out_of_distribution, self.worst_preview),
            ]
        )


def find(
    run: Run, split: str, scores: SplitScores, kept_epoch: int | None, shares: dict[str, dict[str, float]]
) -> Failures:
    """Derive the known failures of a run.

    Args:
        run: The run; its previews of the split are searched.
        split: Name of the split.
        scores: Scores on it.
        kept_epoch: Epoch of the run's weights, if known.
        shares: Predictions on out-of-distribution pictures, as ``out_of_distribution.shares`` returns them.
    """
    trained = {entry.name: entry.pictures for entry in scores.training.classes} if scores.training else {}
    present = sorted(((entry.iou, index) for index, entry in enumerate(scores.classes) if entry.iou is not None))
    images = sorted((image.miou, index) for index, image in enumerate(scores.per_image) if image.miou is not None)
    by_miou = [scores.per_image[index] for _, index in images]
    previewed = [image for image in by_miou if _has_preview(run, split, image, kept_epoch)]
    return Failures(
        trained=trained,
        weakest=[scores.classes[index] for _, index in present[: min(WEAKEST, len(present) - 1)]] if present else [],
        never_found=[entry.name for entry in scores.classes if entry.iou is not None and entry.iou < NEVER_FOUND_BELOW],
        confusions=[one for one in confusions(scores) if one.share >= SMALLEST_SHARE][:CONFUSIONS],
        absent=[entry.name for entry in scores.classes if entry.iou is None],
        rare={name: pictures for name, pictures in trained.items() if pictures < RARE_BELOW},
        imbalance=_imbalance(run, scores),
        worst_images=by_miou[:WORST_IMAGES],
        out_of_distribution={title: _largest(classes) for title, classes in shares.items()},
        worst_preview=previewed[0] if previewed else None,
    )


def confusions(scores: SplitScores) -> list[Confusion]:
    """Return all confusions of two classes, the largest share first."""
    names = [entry.name for entry in scores.classes]
    found = [
        Confusion(names[truth], names[predicted], pixels / sum(row))
        for truth, row in enumerate(scores.confusion)
        for predicted, pixels in enumerate(row)
        if truth != predicted and pixels
    ]
    return sorted(found, key=lambda confusion: -confusion.share)


def _imbalance(run: Run, scores: SplitScores) -> Imbalance | None:
    """Return the imbalance of the objects, or None if most of them are common or unknown."""
    if scores.training is None:
        return None
    space = run.label_space
    things = {space.names[class_id] for class_id in space.things}
    objects = {entry.name: entry.pictures for entry in scores.training.classes if entry.name in things}
    if len(objects) < 3:
        return None
    threshold = COMMON * max(objects.values())
    if statistics.median(objects.values()) >= threshold:
        return None
    common = sorted((name for name in objects if objects[name] >= threshold), key=lambda name: -objects[name])
    return Imbalance(
        objects=len(objects),
        common={name: objects[name] for name in common},
        most_of_others=max(pictures for name, pictures in objects.items() if name not in common),
        pictures=scores.training.pictures,
    )


def _largest(shares: dict[str, float]) -> dict[str, float]:
    """Return the classes other than the background that take most pixels of a picture."""
    ranked = sorted(((share, name) for name, share in shares.items() if name != BACKGROUND), reverse=True)
    return {name: share for share, name in ranked[:CLASSES_PER_PICTURE] if share >= SMALLEST_SHARE}


def _has_preview(run: Run, split: str, image: ImageScores, epoch: int | None) -> bool:
    return epoch is not None and (run.previews / f"{split}_{image.id}" / f"{epoch:04d}.png").is_file()
