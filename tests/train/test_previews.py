from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from configs.schema import Data, Experiment
from data import datasets, samples, store
from data.datasets.camvid import LABEL_SPACE
from train import previews

VOID = LABEL_SPACE.void


@pytest.fixture(scope="module")
def validation(streets: Path, cache: Path) -> store.Samples:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SEGDECK_CACHE", str(cache))
        return store.open_split("camvid", "val", streets)


@pytest.fixture(params=["letterbox", "stretch"])
def data(request: pytest.FixtureRequest, tiny: Callable[..., Experiment]) -> Data:
    return tiny(f"data.resize={request.param}").data


class Network:
    """Classifies bright pixels: class 5 at the left of a picture, class 8 at its right, and void above all."""

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        scores = np.zeros((*images.shape[:3], len(LABEL_SPACE)), np.float32)
        scores[..., VOID] = 0.9
        half = images.shape[2] // 2
        scores[:, :, :half, 5] = scores[:, :, half:, 8] = 0.1
        return scores


def test_previews_show_validation_images_and_matching_sample_pictures(validation, data):
    pictures = previews.choose(validation, "street", data)
    expected = [f"val_{name}" for name in validation.ids]
    expected += [f"sample_{picture.name}" for picture in samples.pictures("street")]
    assert [picture.name for picture in pictures] == expected
    for picture in pictures:
        assert (picture.image.shape, picture.image.dtype) == ((32, 32, 3), np.float32)
        assert picture.image.min() >= -1
        assert picture.image.max() <= 1


@pytest.mark.parametrize(("count", "chosen"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2])])
def test_few_validation_images_are_all_shown(validation, data, count, chosen):
    pictures = previews.choose(validation.subset(range(count)), "street", data)
    names = [picture.name for picture in pictures if picture.name.startswith("val_")]
    assert names == [f"val_{validation.ids[index]}" for index in chosen]


def test_many_validation_images_are_shown_in_part_and_always_the_same(validation, data):
    many = validation.subset([0, 1, 2] * 4)
    pictures = previews.choose(many, "street", data)
    names = [picture.name for picture in pictures if picture.name.startswith("val_")]
    assert names == [f"val_{many.ids[index]}" for index in (0, 3, 6, 9)]


def test_a_preview_is_a_label_map_of_the_pictures_aspect_ratio(validation, data, tmp_path):
    pictures = previews.choose(validation, "street", data)
    previews.write(tmp_path, 7, Network(), pictures, LABEL_SPACE)
    sizes = {f"val_{sample.id}": sample.mask.shape for sample in validation}
    sizes |= {f"sample_{picture.name}": picture.load().shape[:2] for picture in samples.pictures("street")}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")} == {
        f"{name}/0007.png" for name in sizes
    }
    for name, (height, width) in sizes.items():
        with Image.open(tmp_path / name / "0007.png") as image:
            scale = min(1, previews.LONGEST_SIDE / max(height, width))
            assert image.mode == "P"
            assert image.size == (round(width * scale), round(height * scale))
            palette = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
            labels = np.asarray(image)
        used = np.unique(labels)
        np.testing.assert_array_equal(palette[used], LABEL_SPACE.palette()[used])
        assert set(used) == {5, 8}, "the left half is 5, the right half 8, and void nowhere"
        assert (labels[:, : labels.shape[1] // 2 - 1] == 5).all()
        assert (labels[:, labels.shape[1] // 2 + 1 :] == 8).all()


@pytest.mark.parametrize("name", datasets.names())
def test_every_dataset_has_a_sample_picture(name):
    assert samples.pictures(datasets.get(name).kind)


def test_a_real_network_is_previewed(validation, tiny, tmp_path):
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(len(LABEL_SPACE), 1, activation="softmax")(inputs))
    pictures = previews.choose(validation, "street", tiny().data)[:1]
    previews.write(tmp_path, 1, model, pictures, LABEL_SPACE)
    with Image.open(tmp_path / pictures[0].name / "0001.png") as image:
        assert set(np.unique(np.asarray(image))) <= set(LABEL_SPACE.scored)
