"""Scores of groups of images, on constructed counts."""

import re

import numpy as np
import pytest

from configs.errors import UserError
from models.metrics.bootstrap import ImageCounts, miou_interval, paired_bootstrap
from models.metrics.scenarios import FEWEST, Group, GroupScore, Turnover, categories, differences, terciles, turnovers

IMAGES = 60


def counts(shares: np.ndarray) -> ImageCounts:
    """Return counts of 60 images of two classes, of whose pixels each has the given share found."""
    random = np.random.default_rng(0)
    truth = random.integers(500, 1000, (IMAGES, 2))
    noise = np.random.default_rng(int(1000 * shares.sum())).normal(0, 0.03, truth.shape)
    hits = (truth * np.clip(shares[:, None] + noise, 0, 1)).astype(int)
    ids = tuple(f"{index:02d}" for index in range(IMAGES))
    return ImageCounts("digest", ("x", "y"), ids, np.stack([hits, (truth - hits)[:, ::-1], truth - hits]))


@pytest.fixture
def groups() -> list[Group]:
    return terciles(np.arange(IMAGES) % 3 + np.arange(IMAGES) / 1000, ("dark", "medium", "bright"))


def test_terciles_hold_a_third_each(groups):
    assert [group.name for group in groups] == ["dark", "medium", "bright"]
    assert [len(group.indices) for group in groups] == [20, 20, 20]
    assert [set(group.indices % 3) for group in groups] == [{0}, {1}, {2}]


def test_equal_values_stay_together_and_unknown_ones_are_in_no_group():
    values = np.array([1, 2, 2, 2, 2, 2, 2, 3, 4, np.nan])
    parts = terciles(values)
    assert [sorted(set(values[group.indices])) for group in parts] == [[1, 2], [3, 4]]
    assert np.concatenate([group.indices for group in parts]).tolist() == list(range(9))
    assert terciles(np.full(3, np.nan)) == []
    assert [group.few for group in categories(["rain"] * FEWEST + ["sun"] * (FEWEST - 1))] == [False, True]


def test_a_group_is_scored_from_its_pooled_pixels(groups):
    one = counts(np.linspace(0.5, 0.9, IMAGES))
    for group in groups:
        part = one.subset(group.indices)
        hits, alarms, misses = (sum(one.counts[kind, index] for index in group.indices) for kind in range(3))
        expected = np.mean([hits[c] / (hits[c] + alarms[c] + misses[c]) for c in range(2)])
        score = GroupScore.of(part)
        assert score.miou == pytest.approx(expected)
        assert (score.low, score.high) == miou_interval(part)


def test_a_class_that_a_group_lacks_does_not_count_there():
    one = counts(np.full(IMAGES, 0.8))
    changed = one.counts.copy()
    changed[:, :20, 1] = 0
    part = ImageCounts(one.digest, one.classes, one.ids, changed).subset(range(20))
    hits, alarms, misses = changed[:, :20, 0].sum(axis=1)
    assert GroupScore.of(part).miou == pytest.approx(hits / (hits + alarms + misses))
    nothing = ImageCounts(one.digest, one.classes, one.ids, np.zeros_like(changed)).subset(range(20))
    assert np.isnan([*vars(GroupScore.of(nothing)).values()]).all()


def parts(groups: list[Group], **models: ImageCounts) -> dict[str, list[ImageCounts]]:
    return {name: [one.subset(group.indices) for group in groups] for name, one in models.items()}


def turned(groups: list[Group], of: dict[str, list[ImageCounts]]) -> list[Turnover]:
    return turnovers(
        {
            group.name: differences(group, {name: own[index] for name, own in of.items()})
            for index, group in enumerate(groups)
        }
    )


def test_an_order_that_turns_over_is_told_with_both_differences(groups):
    steady = counts(np.full(IMAGES, 0.8))
    swinging = counts(np.array([0.9, 0.8, 0.7])[np.arange(IMAGES) % 3])
    of = parts(groups, steady=steady, swinging=swinging)
    (one,) = turned(groups, of)
    assert (one.a, one.b, one.ahead[0], one.behind[0]) == ("steady", "swinging", "bright", "dark")
    for (_, result), index in [(one.ahead, 2), (one.behind, 0)]:
        expected = paired_bootstrap(of["steady"][index], of["swinging"][index])
        assert (result.difference, result.low, result.high) == expected
    figures = [float(number) for number in re.findall(r"-?\d+\.\d+", one.sentence())]
    lead, lag = one.ahead[1], one.behind[1]
    shown = [lead.difference, lead.low, lead.high, -lag.difference, -lag.high, -lag.low]
    assert figures == pytest.approx([100 * value for value in shown], abs=0.051)
    assert figures[4] < figures[3] < figures[5]


def test_no_order_turns_over_by_chance_or_by_one_model_alone_being_ahead(groups):
    equal = parts(groups, a=counts(np.full(IMAGES, 0.8)), b=counts(np.full(IMAGES, 0.8001)))
    assert turned(groups, equal) == []
    better = parts(groups, a=counts(np.full(IMAGES, 0.9)), b=counts(np.array([0.8, 0.7, 0.6])[np.arange(IMAGES) % 3]))
    assert turned(groups, better) == []


def test_a_group_of_few_images_turns_nothing_over(groups):
    small = [Group("dark", "", groups[0].indices[: FEWEST - 1]), *groups[1:]]
    steady = counts(np.full(IMAGES, 0.8))
    swinging = counts(np.array([0.9, 0.8, 0.7])[np.arange(IMAGES) % 3])
    assert turned(small, parts(small, steady=steady, swinging=swinging)) == []


def test_models_of_other_images_are_refused(groups):
    one = counts(np.full(IMAGES, 0.8))
    other = ImageCounts("other", one.classes, one.ids, one.counts)
    with pytest.raises(UserError, match="different images"):
        turned(groups, parts(groups, a=one, b=other))
