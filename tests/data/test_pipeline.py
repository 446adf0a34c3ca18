from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from configs.schema import Augment, Data
from data import samples
from data.label_space import IGNORE, LabelSpace
from data.pipeline import TrainingSamples, network_input

AUGMENT = Augment(
    flip=0.5, scale=(0.7, 1.6), aspect=0.2, rotation=10, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.05,
    gamma=0, blur=0, copy_paste=None,
)  # fmt: skip
DATA = Data(dataset="tiny", image_size=(96, 96), resize="letterbox", input_range=(-1, 1), limit=None, augment=AUGMENT)
SPACE = LabelSpace(("dark", "light", "void"), ("#000000", "#ffffff", "#ff0000"), void=2)


@dataclass(frozen=True)
class Sample:
    image: np.ndarray
    mask: np.ndarray


class Tiny(list):
    """Two photographs whose masks mark dark, light and other pixels."""

    label_space = SPACE

    def class_pixels(self):
        return np.stack([np.bincount(sample.mask.ravel(), minlength=3) for sample in self])


@pytest.fixture(scope="module")
def tiny():
    images = [samples.get(name).load() for name in ("chelsea", "coffee")]
    return Tiny(Sample(image, np.digitize(image[..., 1], [100, 180]).astype(np.uint8)) for image in images)


@pytest.mark.parametrize("input_range", [(-1.0, 1.0), (0.0, 1.0), (-1, 3), (0, 255)])
def test_network_input_spans_the_range(input_range):
    image = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    scaled = network_input(image, input_range)
    assert scaled.dtype == np.float32
    assert scaled.shape == image.shape
    low, high = input_range
    assert scaled.flat[0] == low
    assert scaled.flat[-1] == high
    assert np.allclose(scaled, low + image.astype(np.float64) * (high - low) / 255, atol=1e-5)


@pytest.mark.parametrize("train", [True, False])
def test_a_sample_has_the_networks_shape_and_range(tiny, train):
    samples = TrainingSamples(tiny, DATA, seed=1, train=train)
    assert len(samples) == 2
    for index in range(2):
        image, mask = samples.get(index, epoch=0)
        assert image.shape == (96, 96, 3)
        assert image.dtype == np.float32
        assert -1 <= image.min() < -0.5
        assert 0.5 < image.max() <= 1
        assert mask.shape == (96, 96)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 1, IGNORE}  # void is never an answer


def test_a_label_space_without_void_keeps_all_its_labels(tiny):
    space = LabelSpace(SPACE.names, SPACE.colours)
    everything = Tiny(tiny)
    everything.label_space = space
    _, mask = TrainingSamples(everything, DATA, seed=1, train=False).get(0, epoch=0)
    assert set(np.unique(mask)) == {0, 1, 2, IGNORE}


def test_a_sample_depends_only_on_seed_epoch_and_index(tiny):
    first = TrainingSamples(tiny, DATA, seed=1, train=True)
    again = TrainingSamples(tiny, DATA, seed=1, train=True)
    asked = [(index, epoch) for epoch in range(3) for index in range(2)]
    forward = {key: first.get(*key) for key in asked}
    with ThreadPoolExecutor(4) as threads:
        backward = dict(zip(reversed(asked), threads.map(lambda key: again.get(*key), reversed(asked)), strict=True))
    for key in asked:
        assert np.array_equal(forward[key][0], backward[key][0])
        assert np.array_equal(forward[key][1], backward[key][1])


def test_seed_epoch_and_index_each_vary_a_sample(tiny):
    same = Tiny([tiny[0], tiny[0]])
    one, other = (TrainingSamples(same, DATA, seed=seed, train=True) for seed in (1, 2))
    variations = [one.get(0, 0), one.get(0, 1), one.get(1, 0), other.get(0, 0)]
    for place, (image, _) in enumerate(variations):
        assert not any(np.array_equal(image, later) for later, _ in variations[place + 1 :])


def test_each_copy_in_an_epoch_varies_a_sample_and_the_first_is_as_if_there_were_no_other(tiny):
    training = TrainingSamples(tiny, DATA, seed=1, train=True)
    drawn = [training.get(0, 3, copy)[0] for copy in range(3)]
    np.testing.assert_array_equal(drawn[0], training.get(0, 3)[0])
    assert all((drawn[one] != drawn[other]).any() for one, other in [(0, 1), (0, 2), (1, 2)])
    validation = TrainingSamples(tiny, DATA, seed=1, train=False)
    np.testing.assert_array_equal(validation.get(0, 3, 1)[0], validation.get(0, 3)[0])


def test_without_training_every_epoch_is_the_same(tiny):
    samples = TrainingSamples(tiny, DATA, seed=1, train=False)
    assert np.array_equal(samples.get(1, epoch=0)[0], samples.get(1, epoch=7)[0])
