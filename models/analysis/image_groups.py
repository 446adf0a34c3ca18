"""Scores of a split by what its dataset knows of its images, such as the breed, and by how often classes were seen."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.dataset import Dataset
from models.metrics import scenarios
from models.metrics.bootstrap import ImageCounts
from models.metrics.scenarios import FEWEST, Group
from models.runs.evaluation import SplitScores

BY_CLASS = "Classes by training pictures"
FEWEST_CLASSES = 6
"""Scored classes from which on it is told how those fare that were seen rarely."""


@dataclass(frozen=True)
class GroupScore:
    """A group, how many images or classes it has, and its mIoU, which is ``nan`` if it shows no class."""

    name: str
    size: int
    miou: float


def groups_of(ids: Sequence[str], title: str, group_of: Callable[[str], str]) -> list[Group]:
    """Group images by their ids, the largest group first; those of fewer than ``FEWEST`` images are pooled into one.

    Each of these by itself says little. ``title`` says what the groups are, such as "Breed".
    """
    groups = scenarios.categories([group_of(ident) for ident in ids])
    few = [group for group in groups if group.few]
    if len(few) < 2:
        return groups
    pooled = Group(
        f"{len(few)} {plural(title.lower())} with fewer than {FEWEST} images each",
        "",
        np.concatenate([group.indices for group in few]),
    )
    return [*(group for group in groups if not group.few), pooled]


def plural(noun: str) -> str:
    """Return the usual plural of a noun, or of what stands before " of ".

    >>> [plural(noun) for noun in ("breed", "city", "day", "lens", "branch", "time of day")]
    ['breeds', 'cities', 'days', 'lenses', 'branches', 'times of day']
    """
    head, of, rest = noun.partition(" of ")
    if re.search(r"[^aeiou]y$", head):
        ending = f"{head[:-1]}ies"
    elif re.search(r"(s|x|z|ch|sh)$", head):
        ending = f"{head}es"
    else:
        ending = f"{head}s"
    return ending + of + rest


def by_group(scores: SplitScores, dataset: Dataset) -> dict[str, list[GroupScore]]:
    """Return the mIoU over the pooled images of each group, by the title of the grouping, the worst group first."""
    counts = ImageCounts.from_evaluation(scores)
    found = {}
    for title, group_of in dataset.groups.items():
        groups = groups_of(counts.ids, title, group_of)
        if len(groups) > 1:
            rows = [GroupScore(one.name, len(one.indices), counts.subset(one.indices).miou()) for one in groups]
            found[title] = sorted(rows, key=lambda row: row.miou)
    return found


def by_training_pictures(scores: SplitScores) -> list[GroupScore]:
    """Return the mean IoU of the thirds of the classes, by how many training pictures show them; the rarest first.

    Nothing if that was not counted, or there are fewer than ``FEWEST_CLASSES``.
    """
    pictures = {entry.name: entry.pictures for entry in scores.training.classes} if scores.training else {}
    entries = [entry for entry in scores.classes if entry.iou is not None and entry.name in pictures]
    if len(entries) < FEWEST_CLASSES:
        return []
    thirds = scenarios.terciles(np.array([pictures[entry.name] for entry in entries], np.float64))
    iou = np.array([entry.iou for entry in entries], np.float64)
    return [
        GroupScore(
            _pictures([pictures[entries[index].name] for index in group.indices]),
            len(group.indices),
            float(iou[group.indices].mean()),
        )
        for group in thirds
    ]


def _pictures(numbers: Sequence[int]) -> str:
    """Name classes by the training pictures that show them.

    >>> _pictures([12, 40, 7]), _pictures([5, 5])
    ('in 7 to 40 training pictures', 'in 5 training pictures')
    """
    low, high = min(numbers), max(numbers)
    return f"in {low:,} training pictures" if low == high else f"in {low:,} to {high:,} training pictures"
