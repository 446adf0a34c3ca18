import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from configs.errors import UserError
from models.metrics import bootstrap, segmentation
from models.metrics.bootstrap import ImageCounts, holm, miou_interval, paired_bootstrap, paired_bootstrap_by_class
from models.runs.evaluation import SplitScores

Pair = tuple[ImageCounts, ImageCounts]


def image_counts(truth_pixels: ArrayLike, hits: ArrayLike, false_positives: ArrayLike) -> ImageCounts:
    """Return counts of as many images as there are rows; each argument is ``(images, classes)``."""
    counts = np.stack([np.array(hits), np.array(false_positives), np.array(truth_pixels) - np.array(hits)])
    classes = tuple(f"class {index}" for index in range(counts.shape[2]))
    return ImageCounts("digest", classes, tuple(f"image {index}" for index in range(counts.shape[1])), counts)


@pytest.fixture
def good_and_poor() -> Pair:
    random = np.random.default_rng(0)
    truth = random.integers(100, 1000, (40, 3))
    truth[5:, 2] = 0  # a rare class
    good = image_counts(truth, truth * 9 // 10, random.integers(0, 40, truth.shape))
    poor = image_counts(truth, truth * 7 // 10, random.integers(0, 40, truth.shape))
    return good, poor


def pooled_miou(counts: ImageCounts, chosen: Iterable[int]) -> float:
    """Recompute the headline the slow way: pool the chosen images, then average over the classes their truth shows."""
    scores = []
    for hits, alarms, misses in np.array([counts.counts[:, index] for index in chosen]).sum(axis=0).T:
        if hits + misses:
            scores.append(hits / (hits + alarms + misses))
    return float(np.mean(scores))


def test_a_clear_difference_is_shown(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    difference, low, high = paired_bootstrap(good, poor)
    assert 0 < low < difference < high
    everything = range(len(good.ids))
    assert difference == pytest.approx(pooled_miou(good, everything) - pooled_miou(poor, everything))
    assert paired_bootstrap(poor, good) == pytest.approx((-difference, -high, -low))


def test_identical_runs_show_none(good_and_poor: Pair) -> None:
    assert paired_bootstrap(good_and_poor[0], good_and_poor[0]) == (0, 0, 0)


def test_runs_that_differ_by_chance_show_none() -> None:
    random = np.random.default_rng(1)
    truth = np.full((50, 2), 1000)
    a, b = (image_counts(truth, random.integers(300, 1000, truth.shape), np.zeros_like(truth)) for _ in range(2))
    _, low, high = paired_bootstrap(a, b)
    assert low < 0 < high


def test_the_interval_is_that_of_resampling_image_by_image(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    random = np.random.default_rng(7)
    differences = []
    for _ in range(2000):
        chosen = random.integers(0, len(good.ids), len(good.ids))
        differences.append(pooled_miou(good, chosen) - pooled_miou(poor, chosen))
    expected = np.percentile(differences, [2.5, 97.5])
    np.testing.assert_allclose(paired_bootstrap(good, poor)[1:], expected, rtol=0.05)


def test_the_order_of_the_images_does_not_matter(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    order = np.random.default_rng(2).permutation(len(poor.ids))
    shuffled = replace(poor, ids=tuple(poor.ids[index] for index in order), counts=poor.counts[:, order])
    assert paired_bootstrap(good, shuffled) == paired_bootstrap(good, poor)


def test_the_seed_determines_the_interval(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    assert paired_bootstrap(good, poor, seed=1) == paired_bootstrap(good, poor, seed=1)
    assert paired_bootstrap(good, poor, seed=1) != paired_bootstrap(good, poor, seed=2)


def test_the_difference_is_that_of_the_mean_ious(good_and_poor: Pair) -> None:
    hits, alarms, misses = good_and_poor[0].counts.sum(axis=1)
    headline = float(segmentation.mean_over_present(segmentation.iou(hits, alarms, misses)))
    assert headline == pytest.approx(pooled_miou(good_and_poor[0], range(40)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest": "other"}, "different images"),
        ({"ids": tuple(f"picture {index}" for index in range(40))}, "different images"),
        ({"classes": ("a", "b", "c")}, "different classes"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(good_and_poor: Pair, change: dict[str, Any], message: str) -> None:
    good, poor = good_and_poor
    with pytest.raises(UserError, match=message):
        paired_bootstrap(good, replace(poor, **change))


def test_classes_of_one_name_that_stand_for_other_pixels_are_refused(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    counts = poor.counts.copy()
    counts[2, 7] += [5, -5, 0]
    with pytest.raises(UserError, match="pixels of the truth"):
        paired_bootstrap(good, replace(poor, counts=counts))


def test_images_without_any_class_are_refused() -> None:
    nothing = image_counts(np.zeros((3, 2), int), np.zeros((3, 2), int), np.zeros((3, 2), int))
    with pytest.raises(UserError, match="scored classes"):
        paired_bootstrap(nothing, nothing)


def test_counts_are_read_from_an_evaluation() -> None:
    split = {
        "images": {"count": 2, "digest": "abc"},
        "classes": [{"name": name, "iou": None, "pixels": 0} for name in ("cat", "dog")],
        "per_image": [
            {"id": "one", "miou": 0.5, "tp": [1, 2], "fp": [3, 4], "fn": [5, 6]},
            {"id": "two", "miou": None, "tp": [0, 0], "fp": [0, 0], "fn": [0, 0]},
        ],
    }
    counts = ImageCounts.from_evaluation(SplitScores.model_validate(split))
    assert (counts.digest, counts.classes, counts.ids) == ("abc", ("cat", "dog"), ("one", "two"))
    np.testing.assert_array_equal(counts.counts, [[[1, 2], [0, 0]], [[3, 4], [0, 0]], [[5, 6], [0, 0]]])


def test_the_interval_of_a_score_is_that_of_resamples_drawn_one_by_one(good_and_poor: Pair) -> None:
    counts = good_and_poor[1]
    random, images = np.random.default_rng(7), len(counts.ids)
    slow = [pooled_miou(counts, random.integers(0, images, images)) for _ in range(2000)]
    assert miou_interval(counts) == pytest.approx(np.percentile(slow, [2.5, 97.5]), abs=0.015)
    low, high = miou_interval(counts)
    assert low < pooled_miou(counts, range(images)) < high


def test_every_class_has_its_own_difference_and_interval(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    result = paired_bootstrap_by_class(good, poor)
    for index in range(3):
        one = [replace(counts, classes=("only",), counts=counts.counts[..., [index]]) for counts in (good, poor)]
        difference, low, high = paired_bootstrap(one[0], one[1])
        assert (result.difference[index], result.low[index], result.high[index]) == pytest.approx(
            (difference, low, high)
        )
    assert result.p == pytest.approx(3 * [3 * 2 / 2001])  # all resamples agree


def test_a_class_that_the_truth_lacks_is_not_compared(good_and_poor: Pair) -> None:
    def without(counts: ImageCounts) -> ImageCounts:
        changed = counts.counts.copy()
        changed[[0, 2], :, 1] = 0
        return replace(counts, counts=changed)

    good, poor = map(without, good_and_poor)
    result = paired_bootstrap_by_class(good, poor)
    for values in (result.difference, result.low, result.high, result.p):
        assert np.isnan(values).tolist() == [False, True, False]
    # All resamples agree, but a few lack the rare class and are left out.
    assert result.p[[0, 2]] == pytest.approx(2 * [2 * 2 / 2001], rel=0.01)


def test_a_pair_of_models_shares_the_resamples_of_each(good_and_poor: Pair) -> None:
    good, poor = good_and_poor
    drawn = [bootstrap._resampled(counts, 50, 3) for counts in (good, poor)]
    truth = [counts[0] + counts[2] for counts in drawn]
    np.testing.assert_array_equal(*truth)
    assert bootstrap._resampled(good, 50, 3) is drawn[0], "drawn once"
    assert bootstrap._resampled(good, 50, 4) is not drawn[0]


def test_a_pair_with_too_many_images_to_keep_the_draws_is_drawn_once(
    good_and_poor: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, poor = good_and_poor
    expected = paired_bootstrap(replace(good), replace(poor))
    drawings, draw = [], bootstrap._draw

    def watched(*arguments: int) -> Any:
        drawings.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(bootstrap, "MOST_KEPT", 0)
    monkeypatch.setattr(bootstrap, "_draw", watched)
    assert paired_bootstrap(*good_and_poor) == expected
    assert drawings == [(40, bootstrap.RESAMPLES, 0)]
    paired_bootstrap_by_class(*good_and_poor)
    assert len(drawings) == 1


def test_resamples_that_were_drawn_ahead_are_not_drawn_again() -> None:
    bootstrap.draw_ahead(37)
    for thread in threading.enumerate():
        if thread.name == "resamples":
            thread.join()
    for images in (37, 13, 12):
        before = bootstrap._times_drawn.cache_info()
        drawn = bootstrap._times_drawn(images, bootstrap.RESAMPLES, 0)
        assert bootstrap._times_drawn.cache_info().hits == before.hits + 1
        assert sum(len(times) for times in drawn) == bootstrap.RESAMPLES
        assert {int(total) for times in drawn for total in times.sum(axis=1)} == {images}


def test_a_subset_is_scored_from_its_own_pixels(good_and_poor: Pair) -> None:
    good, chosen = good_and_poor[0], [7, 2, 30, 11, 12, 13]
    some = good.subset(chosen)
    assert some.ids == tuple(good.ids[index] for index in chosen)
    assert some.miou() == pytest.approx(pooled_miou(good, chosen))
    random = np.random.default_rng(5)
    slow = [pooled_miou(good, random.choice(chosen, len(chosen))) for _ in range(2000)]
    assert miou_interval(some) == pytest.approx(np.percentile(slow, [2.5, 97.5]), abs=0.004)


def test_chance_alone_is_rarely_called_a_difference_in_any_class() -> None:
    random, found, rounds = np.random.default_rng(3), 0, 100
    for _ in range(rounds):
        truth = np.full((40, 6), 1000)
        a, b = (image_counts(truth, random.integers(300, 1000, truth.shape), np.zeros_like(truth)) for _ in range(2))
        found += bool((paired_bootstrap_by_class(a, b, resamples=500).p < 0.05).any())
    assert found / rounds < 0.12  # 6 classes without a correction: 0.26


def test_holm_multiplies_the_smallest_by_their_number_and_keeps_the_order() -> None:
    for _ in range(20):
        p = np.random.default_rng(_).random(7)
        expected, largest = {}, 0.0
        for rank, index in enumerate(sorted(range(7), key=lambda index: p[index])):
            largest = max(largest, min(1, (7 - rank) * p[index]))
            expected[index] = largest
        assert holm(p).tolist() == [expected[index] for index in range(7)]
    assert holm(np.array([])).tolist() == []
