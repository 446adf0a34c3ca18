"""Objects of other training images, pasted in."""

import numpy as np
import pytest

from configs.errors import ConfigError
from configs.schema import Augment, CopyPaste, Data
from data.copy_paste import Sources, paste
from data.label_space import LabelSpace
from data.pipeline import TrainingSamples
from tests.data.test_pipeline import Sample

RNG = np.random.default_rng(4)
AUGMENT = Augment(
    flip=0, scale=(1, 1), aspect=0, rotation=0, brightness=0, contrast=0, saturation=0, hue=0, gamma=0, blur=0,
    copy_paste=CopyPaste(probability=1.0, classes=["bird", "boat"]),
)  # fmt: skip
DATA = Data(dataset="tiny", image_size=(32, 32), resize="stretch", input_range=(0, 255), limit=None, augment=AUGMENT)


class Scenes(list):
    """Ten grey backgrounds; one has a bird, two have a boat, and one has a car that is too small."""

    label_space = LabelSpace(("background", "bird", "boat", "car"), ("#000000", "#ff0000", "#00ff00", "#0000ff"))

    def __init__(self):
        super().__init__(
            Sample(np.full((32, 32, 3), 10 + index, np.uint8), np.zeros((32, 32), np.uint8)) for index in range(10)
        )
        for index, class_id, side in [(3, 1, 8), (5, 2, 10), (7, 2, 10), (8, 3, 2)]:
            self[index].image[4 : 4 + side, 6 : 6 + side] = 200 + class_id
            self[index].mask[4 : 4 + side, 6 : 6 + side] = class_id

    def class_pixels(self):
        return np.stack([np.bincount(sample.mask.ravel(), minlength=4) for sample in self])


def test_every_class_is_pasted_as_often_from_images_that_show_it():
    sources = Sources(Scenes(), CopyPaste(probability=0.5, classes=["bird", "boat"]))
    drawn = [sources.draw(RNG) for _ in range(4000)]
    some = [one for one in drawn if one is not None]
    assert 0.45 < len(some) / len(drawn) < 0.55
    assert set(some) == {(3, 1), (5, 2), (7, 2)}
    assert 0.45 < np.mean([class_id == 1 for _, class_id in some]) < 0.55


def test_the_mask_has_the_class_where_the_source_has_it_and_the_image_has_it_with_a_soft_edge():
    image, source = RNG.integers(0, 256, (2, 24, 24, 3), np.uint8)
    mask, region = np.full((24, 24), 5, np.uint8), np.zeros((24, 24), bool)
    region[4:16, 6:20] = True
    source_mask = np.where(region, np.uint8(2), np.uint8(1))
    before = image.copy(), mask.copy()
    pasted, labels = paste(image, mask, source, source_mask, 2)
    np.testing.assert_array_equal(labels, np.where(region, 2, 5))
    np.testing.assert_array_equal(pasted[9:11, 11:15], source[9:11, 11:15])
    far = np.ones((24, 24), bool)
    far[:20, 2:24] = False
    np.testing.assert_array_equal(pasted[far], image[far])
    between = (pasted[4, 8].astype(int) - image[4, 8]) * (pasted[4, 8].astype(int) - source[4, 8])
    assert (between <= 0).all(), "the edge lies between both"
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(mask, before[1])


def test_training_samples_get_objects_and_validation_does_not():
    scenes = Scenes()
    training = TrainingSamples(scenes, DATA, seed=1, train=True)
    found = [training.get(0, epoch) for epoch in range(20)]
    assert {frozenset(np.unique(mask).tolist()) for _, mask in found} == {frozenset({0, 1}), frozenset({0, 2})}
    for image, mask in found:
        inside = image[8, 10, 0]
        assert abs(inside - (200 + mask[8, 10])) <= 1, "the object's own pixels"
        assert image[30, 30, 0] == 10
    again = training.get(0, 3)
    np.testing.assert_array_equal(again[0], found[3][0])
    assert np.unique(TrainingSamples(scenes, DATA, seed=1, train=False).get(0, 0)[1]).tolist() == [0]


@pytest.mark.parametrize("name", ["zebra", "car"])
def test_a_class_that_cannot_be_pasted_is_named(name):
    with pytest.raises(ConfigError, match=rf"data\.augment\.copy_paste\.classes: .*'{name}'"):
        Sources(Scenes(), CopyPaste(probability=0.5, classes=["bird", name]))
