from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from configs.schema import Experiment
from data.label_space import IGNORE, LabelSpace
from data.pipeline import TrainingSamples
from train.distribution.team import Share
from train.loader import Batches

COUNT = 11
BLANK = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8)


@dataclass(frozen=True)
class Sample:
    image: np.ndarray
    mask: np.ndarray


class Greys(list):
    """Pictures with a different shade of grey each; the label is their number modulo 3, and 2 is void."""

    label_space = LabelSpace(("even", "odd", "void"), ("#000000", "#ffffff", "#ff0000"), void=2)

    def class_pixels(self):
        return np.stack([np.bincount(sample.mask.ravel(), minlength=3) for sample in self])


@pytest.fixture(scope="module")
def greys() -> Greys:
    return Greys(
        Sample(np.full((20, 30, 3), 20 * index, np.uint8), np.full((20, 30), index % 3, np.uint8))
        for index in range(COUNT)
    )


@pytest.fixture(scope="module")
def batches(greys: Greys, tiny: Callable[..., Experiment]) -> Callable[..., Batches]:
    """Return a function that makes the batches of an epoch."""
    data = tiny("data.resize=stretch", "data.augment.scale=[1.0, 1.5]").data

    def make(epoch: int = 1, seed: int | None = 5, size: int = 4, *, train: bool = True, factors=None) -> Batches:
        return Batches(TrainingSamples(greys, data, seed or 0, train=train), size, epoch, seed, factors=factors)

    return make


def shades(batches: Batches) -> list[list[int]]:
    """Return which pictures are in each batch, of batches without augmentation."""
    images = [batch[0] for batch in (batches[index] for index in range(len(batches)))]
    return [[round((image.mean() + 1) * 127.5 / 20) for image in batch] for batch in images]


def assert_equal(one, other) -> None:
    for (images, labels), (other_images, other_labels) in zip(one, other, strict=True):
        np.testing.assert_array_equal(images, other_images)
        np.testing.assert_array_equal(labels, other_labels)


def test_a_batch_is_what_the_network_takes(batches):
    images, labels = batches()[0]
    assert (images.shape, images.dtype) == ((4, 32, 32, 3), np.float32)
    assert (labels.shape, labels.dtype) == ((4, 32, 32), np.uint8)
    assert set(np.unique(labels)) <= {0, 1, IGNORE}


def test_the_same_seed_gives_the_same_batches_whatever_the_order_and_the_threads(batches):
    one, other = batches(), batches()
    expected = [one[index] for index in range(len(one))]
    assert_equal(expected, [other[index] for index in reversed(range(len(other)))][::-1])
    with ThreadPoolExecutor(4) as pool:
        assert_equal(expected, list(pool.map(other.__getitem__, range(len(other)))))


def test_another_epoch_or_seed_gives_other_batches(batches):
    orders = {tuple(map(tuple, shades(batches(epoch, seed, train=False)))) for epoch in (1, 2) for seed in (5, 6)}
    assert len(orders) == 4


def test_augmentation_differs_from_epoch_to_epoch(batches):
    of = {epoch: batches(epoch) for epoch in (1, 2)}
    of[2].order = of[1].order
    assert any((of[1][index][0] != of[2][index][0]).any() for index in range(2))


@pytest.mark.parametrize(("size", "count"), [(1, 11), (4, 2), (5, 2), (11, 1), (20, 1)])
def test_samples_are_drawn_at_most_once_and_every_step_has_the_same_size(batches, size, count):
    drawn = shades(batches(size=size, train=False))
    assert len(drawn) == count
    assert {len(batch) for batch in drawn} == {min(size, COUNT)}
    flat = [shade for batch in drawn for shade in batch]
    assert len(set(flat)) == len(flat)
    assert set(flat) <= set(range(COUNT))


def test_samples_left_out_of_an_epoch_are_drawn_in_another(batches):
    drawn = {shade for epoch in range(1, 9) for batch in shades(batches(epoch, train=False)) for shade in batch}
    assert drawn == set(range(COUNT))


@pytest.mark.parametrize(("size", "sizes"), [(4, [4, 4, 3]), (11, [11]), (20, [11])])
def test_validation_keeps_all_samples_in_order(batches, size, sizes):
    drawn = shades(batches(epoch=0, seed=None, size=size, train=False))
    assert [len(batch) for batch in drawn] == sizes
    assert [shade for batch in drawn for shade in batch] == list(range(COUNT))


def test_samples_come_as_often_as_their_factors_say(batches):
    factors = np.array([1, 1, 2.5, *[1] * (COUNT - 3)])
    drawn = [
        shade
        for epoch in range(1, 41)
        for batch in shades(batches(epoch, size=1, train=False, factors=factors))
        for shade in batch
    ]
    times = np.bincount(drawn, minlength=COUNT) / 40
    assert set(np.delete(times, 2)) == {1}
    assert 2.2 < times[2] < 2.8
    assert len(batches(1, size=4, factors=factors)) == 3, "longer epochs have more steps"


def test_a_sample_that_comes_again_in_an_epoch_is_another_copy(batches, monkeypatch):
    factors = np.array([1, 3.0, *[1.0] * (COUNT - 2)])
    asked: list[tuple[int, int]] = []

    def get(_, index, epoch, copy):
        asked.append((index, copy))
        return BLANK

    monkeypatch.setattr(TrainingSamples, "get", get)
    epoch = batches(size=1, factors=factors)
    _ = [epoch[index] for index in range(len(epoch))]
    assert sorted(asked) == sorted([*((index, 0) for index in range(COUNT)), (1, 1), (1, 2)])
    assert asked != sorted(asked)


def shared(batches: Callable[..., Batches], processes: int, devices: int, **options) -> list[Batches]:
    whole = batches(**options)
    return [
        Batches(whole.samples, whole.batch_size, whole.epoch, options.get("seed", 5), Share(index, processes, devices))
        for index in range(processes)
    ]


def test_processes_read_the_batches_of_one_between_them(batches):
    whole, parts = batches(size=4), shared(batches, 2, 2, size=4)
    assert [len(part) for part in parts] == [len(whole)] * 2
    for index in range(len(whole)):
        together = [np.concatenate(arrays) for arrays in zip(*(part[index] for part in parts), strict=True)]
        assert_equal([together], [whole[index]])


def test_a_last_batch_is_filled_up_without_labels(batches):
    whole = batches(size=4, seed=None, train=False)
    parts = shared(batches, 2, 4, size=4, seed=None, train=False)
    images, labels = (np.concatenate(arrays) for arrays in zip(*(part[2] for part in parts), strict=True))
    assert_equal([(images[:3], labels[:3])], [whole[2]])
    assert labels.shape[0] == 4
    assert (labels[3] == IGNORE).all()


@pytest.mark.parametrize(("size", "devices"), [(4, 4), (6, 2), (12, 4), (2, 2), (11, 11)])
def test_the_mean_over_the_images_does_not_count_what_was_filled_up(batches, size, devices):
    part = shared(batches, 1, devices, size=size, seed=None, train=False)[0]
    values = np.random.default_rng(0).random(len(part))  # of each batch
    rows = [min(size, COUNT - index * size) for index in range(len(part))]
    filled = [-(-row // devices) * devices for row in rows]
    before = np.average(values[:-1], weights=filled[:-1]) if len(part) > 1 else 0.0
    mean = part.mean_without_padding(float(before), float(np.average(values, weights=filled)))
    assert mean == pytest.approx(np.average(values, weights=rows), rel=1e-12)
