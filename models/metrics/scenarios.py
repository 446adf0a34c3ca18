"""Scores over groups of a split's images, and whether the order of two models turns over between groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from configs.errors import UserError
from models.metrics.bootstrap import ImageCounts, miou_interval
from models.metrics.segmentation import Floats, Integers
from models.metrics.significance import Significance, points

FEWEST = 10
"""Images that a group needs before the order of models in it counts."""


@dataclass(frozen=True, eq=False)
class Group:
    """Some of a split's images: what they are called, the range of values that they share, and their positions."""

    name: str
    range: str
    indices: Integers

    @property
    def few(self) -> bool:
        """Whether it has too few images for a statement."""
        return len(self.indices) < FEWEST


@dataclass(frozen=True)
class GroupScore:
    """The mIoU of a model over the pooled images of a group with its 95 % interval; ``nan`` if they show no class."""

    miou: float
    low: float
    high: float

    @classmethod
    def of(cls, counts: ImageCounts) -> "GroupScore":
        """Score a model on the images of a group."""
        try:
            return cls(counts.miou(), *miou_interval(counts))
        except UserError:  # nothing but void
            return cls(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Turnover:
    """Two models of which ``a`` is ahead in one group of images and behind in another, both beyond chance."""

    a: str
    b: str
    ahead: tuple[str, Significance]
    behind: tuple[str, Significance]

    def sentence(self) -> str:
        """Return a sentence that says where each of the two is ahead.

        >>> Turnover(
        ...     "A", "B", ("dark", Significance(0.021, 0.004, 0.039)), ("bright", Significance(-0.015, -0.02, -0.01))
        ... ).sentence()
        'In “dark” images A is ahead of B by 2.1 points (95 % 0.4 to 3.9), in “bright” ones behind by 1.5 (1.0 to 2.0).'
        """
        (where, lead), (elsewhere, lag) = self.ahead, self.behind
        return (
            f"In “{where}” images {self.a} is ahead of {self.b} by {points(lead.difference)} points (95 % "
            f"{points(lead.low)} to {points(lead.high)}), in “{elsewhere}” ones behind by {points(-lag.difference)} "
            f"({points(-lag.high)} to {points(-lag.low)})."
        )


def terciles(values: Floats, names: Sequence[str] = ("low", "medium", "high")) -> list[Group]:
    """Split images into thirds by a value of each; ``nan`` belongs to none, and equal values stay together.

    Up to three different values are groups of their own, with the value as their name.

    >>> [(group.name, group.range, group.indices.tolist()) for group in terciles(np.array([5.0, 1, 9, 2, 8, 4]))]
    [('low', 'up to 2', [1, 3]), ('medium', 'above 2, up to 5', [0, 5]), ('high', 'above 5', [2, 4])]
    >>> [(group.name, group.indices.tolist()) for group in terciles(np.array([1.0, 2, 2, np.nan]))]
    [('1', [0]), ('2', [1, 2])]
    """
    known = np.flatnonzero(~np.isnan(values))
    different = np.unique(values[known])
    if len(different) <= 3:
        texts = _texts(different)
        return [
            Group(text, f"exactly {text}", np.flatnonzero(values == value))
            for value, text in zip(different, texts, strict=True)
        ]
    first, second = np.quantile(values[known], [1 / 3, 2 / 3], method="inverted_cdf")
    lower, upper = _texts(np.array([first, second]))
    parts = [
        (names[0], f"up to {lower}", values <= first),
        (names[1], f"above {lower}, up to {upper}", (values > first) & (values <= second)),
        (names[2], f"above {upper}", values > second),
    ]
    return [Group(name, text, np.flatnonzero(chosen)) for name, text, chosen in parts if chosen.any()]


def categories(values: Sequence[str]) -> list[Group]:
    """Group images by a word of each, the most frequent first; an empty one belongs to none.

    >>> [(group.name, group.indices.tolist()) for group in categories(["rain", "sun", "", "sun"])]
    [('sun', [1, 3]), ('rain', [0])]
    """
    members: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        if value:
            members.setdefault(value, []).append(index)
    ordered = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Group(name, "", np.array(indices, np.int64)) for name, indices in ordered]


Differences = dict[tuple[str, str], Significance]
"""How each two models differ on the images of a group, by their names."""


def differences(group: Group, parts: Mapping[str, ImageCounts]) -> Differences:
    """Compare each two models on the images of a group; with few images, or without a class in them, none.

    ``parts`` are the counts of each model in the group, by its name. Raises ``UserError`` if the models were scored on
    different images.
    """
    pairs = [] if group.few else combinations(parts, 2)
    return {(a, b): Significance.of(parts[a], parts[b]) for a, b in pairs if parts[a].counts[[0, 2]].any()}


def turnovers(found: Mapping[str, Differences]) -> list[Turnover]:
    """Return the pairs of models whose order turns over between two groups.

    ``found`` has the ``differences`` in each group by its name. A model counts as ahead where the 95 % interval of a
    paired bootstrap over the group's images lies above 0. Of several groups, those with the largest differences are
    told.
    """
    turned = []
    for a, b in dict.fromkeys(pair for each in found.values() for pair in each):
        results = [(name, each[a, b]) for name, each in found.items() if (a, b) in each]
        ahead = [one for one in results if one[1].low > 0]
        behind = [one for one in results if one[1].high < 0]
        if ahead and behind:
            most = max(ahead, key=lambda one: one[1].difference), min(behind, key=lambda one: one[1].difference)
            turned.append(Turnover(a, b, *most))
    return turned


def _texts(values: Floats) -> list[str]:
    """Write numbers with as few digits as tell them apart, at least three.

    >>> _texts(np.array([0.123456, 0.123499])), _texts(np.array([1234567.0, 2.0])), _texts(np.array([1234.56]))
    (['0.12346', '0.1235'], ['1234567', '2'], ['1230'])
    """
    for digits in range(3, 18):
        texts = [
            f"{value:.0f}"
            if value == round(value) and abs(value) < 1e15
            else np.format_float_positional(value, digits, unique=False, fractional=False, trim="-")
            for value in values.tolist()
        ]
        if len(set(texts)) == len(set(values.tolist())):
            break
    return texts
