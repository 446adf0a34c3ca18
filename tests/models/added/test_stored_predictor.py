"""Stored predictions are found again, and damaged ones are refused."""

import numpy as np
import pytest

from configs.errors import UserError
from models.added import stored
from models.added.adding_predictions import add_predictions
from models.added.stored_predictor import StoredPredictor, encoded
from tests.facts import facts
from tests.models.added.streets import label_maps, samples, write


@pytest.fixture
def model(tmp_path, data_dir, models_dir):
    return add_predictions(write(tmp_path / "mine", label_maps()), "camvid", "val", data_dir=data_dir)


def test_a_smaller_label_map_is_a_sample_of_the_whole(model, data_dir):
    sample = samples(data_dir)[0]
    labels = StoredPredictor(model).predict(sample.image, longest=12).labels
    np.testing.assert_array_equal(labels, label_maps()[sample.id][1::2, 1::2])


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty", "text", "npy", "corrupted"])
def test_damaged_label_maps_are_refused(model, damage):
    content = model.weights.read_bytes()
    model.weights.unlink()
    if damage == "npy":
        np.save(model.path / "maps.npy", np.zeros(3))
        (model.path / "maps.npy").replace(model.weights)
    elif damage != "missing":
        half = len(content) // 2
        corrupted = content[:half] + bytes(value ^ 255 for value in content[half : half + 20]) + content[half + 20 :]
        model.weights.write_bytes({"truncated": content[:half], "empty": b"", "text": b"x"}.get(damage, corrupted))
    with pytest.raises(UserError, match=facts(stored.MAPS)):
        StoredPredictor(model)


def test_a_label_map_of_another_size_than_its_picture_is_refused(model, data_dir):
    sample = samples(data_dir)[0]
    digest = stored.pixel_digest(sample.image)
    with np.load(model.weights) as maps:
        kept = {name: maps[name] for name in maps.files}
    np.savez(model.weights, **kept | {digest: encoded(np.zeros((5, 7), np.uint8))})
    with pytest.raises(UserError, match=facts(stored.MAPS, digest[:8], "7x5", "24x16")):
        StoredPredictor(model).score_map(sample.image)
