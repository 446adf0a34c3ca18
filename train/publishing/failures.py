"""Derives a model's known failures from its scores on a split."""

import statistics
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from data.label_space import BACKGROUND
from models.analysis.image_groups import GroupScore, by_group, by_training_pictures
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
    """Imbalance of the objects in the training pictures."""

    objects: int
    """Number of classes whose objects can be counted."""
    common: dict[str, int]
    """Training pictures of each common class, the most frequent first."""
    most_of_others: int
    """Training pictures of the most frequent class that is not common."""
    pictures: int


@dataclass(frozen=True)
class Failures:
    """Known failures of a model on a split, the worst first; whatever is empty doesn't apply."""

    trained: dict[str, int]
    """Training pictures of each class, if they were counted."""
    weakest: list[ClassScores]
    never_found: list[str]
    confusions: list[Confusion]
    absent: list[str]
    """Classes that the split never shows."""
    rare: dict[str, int]
    """Training pictures of each rare class."""
    imbalance: Imbalance | None
    """None if most objects are common in the training pictures, or their frequencies are unknown."""
    worst_images: list[ImageScores]
    out_of_distribution: dict[str, dict[str, float]]
    """Shares of the largest predicted classes, by the title of an out-of-distribution picture."""
    worst_preview: ImageScores | None
    """Picture with the lowest mIoU among those with a stored label map."""
    groups: dict[str, list[GroupScore]] = field(default_factory=dict)
    """Scores of the groups of images that the dataset knows, by what groups them, the worst first."""
    by_training_pictures: list[GroupScore] = field(default_factory=list)
    """Scores of thirds of the classes, those in the fewest training pictures first."""
    never_found_below: float = NEVER_FOUND_BELOW
    rare_below: int = RARE_BELOW

    @property
    def any(self) -> bool:
        """Whether there is anything to report."""
        context = {"trained", "never_found_below", "rare_below"}
        return any(getattr(self, one.name) for one in fields(self) if one.name not in context)


def find(
    run: Run, split: str, scores: SplitScores, kept_epoch: int | None, shares: dict[str, dict[str, float]]
) -> Failures:
    """Derive the known failures of a run from its scores on a split.

    ``kept_epoch`` is the epoch of the run's weights, if known; ``shares`` comes from ``out_of_distribution.shares``.
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
        groups=by_group(scores, run.dataset),
        by_training_pictures=by_training_pictures(scores),
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
