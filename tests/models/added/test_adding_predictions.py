"""Predictions as a model: what is refused, and that they score as a plain count of their pixels does."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from configs.errors import UserError
from models.added import adding
from models.added.adding_predictions import add_predictions
from models.inference.loading import load_predictor
from models.runs import registry
from tests.facts import facts
from tests.models.added import streets
from tests.models.added.streets import CLASSES, SIZES, SPACE, label_maps, make, samples, write
from train.evaluation import scoring

NUMBERS = itertools.count()


def leftovers(folder):
    return [path.name for path in folder.glob("*") if path.name != ".adding.lock"] if folder.is_dir() else []


def test_the_predictions_are_a_model_like_any_other(tmp_path, data_dir, models_dir):
    maps = label_maps()
    model = add_predictions(write(tmp_path / "mine", maps), "camvid", "val", data_dir=data_dir)
    assert model.path == models_dir / "mine"
    assert registry.find("mine") == registry.find(str(model.path)) == model
    assert model in registry.models()
    assert model.description.pictures == len(SIZES)
    assert not model.description.has_confidence
    predictor = load_predictor(model)
    for sample in samples(data_dir):
        prediction = predictor.predict(sample.image)
        np.testing.assert_array_equal(prediction.labels, maps[sample.id])
        assert prediction.confidence is None
    with pytest.raises(UserError, match=facts("mine", "camvid", "val")):
        predictor.predict(np.zeros((5, 5, 3), np.uint8))
    with pytest.raises(UserError, match=facts("mine")):
        predictor.network_call()()


def test_scores_are_those_of_a_plain_count(tmp_path, data_dir, models_dir):
    maps = label_maps()
    model = add_predictions(write(tmp_path / "mine", maps), "camvid", "val", data_dir=data_dir)
    scores = scoring.evaluate_run(model, data_dir, "val").splits["val"]
    ious, mean = streets.plain_scores(data_dir, maps)
    assert scores.miou == pytest.approx(mean, abs=1e-6)
    assert [one.iou for one in scores.classes] == pytest.approx(ious, abs=1e-6)
    assert registry.find("mine").scores("val") == scores


@settings(max_examples=12)
@given(data=st.data())
def test_any_label_maps_score_as_they_do(tmp_path_factory, data_dir, data):
    """Few classes, so that some are missing from all pictures and some pictures have one."""
    classes = data.draw(st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=4))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    maps = {name: rng.choice(np.array(classes, np.uint8), size) for name, size in SIZES.items()}
    folder = write(tmp_path_factory.mktemp("any"), maps)
    model = add_predictions(folder, "camvid", "val", f"any_{next(NUMBERS)}", data_dir)
    assert scoring.score_model(model, data_dir, "val").miou == pytest.approx(
        streets.plain_scores(data_dir, maps)[1], abs=1e-6
    )
    adding.remove(model.name)


def test_perfect_predictions_score_1(tmp_path, data_dir, models_dir):
    maps = {one.id: np.where(one.mask == SPACE.void, 0, one.mask).astype(np.uint8) for one in samples(data_dir)}
    model = add_predictions(write(tmp_path / "mine", maps), "camvid", "val", data_dir=data_dir)
    assert scoring.score_model(model, data_dir, "val").miou == 1


def test_scores_give_their_labels_and_confidence(tmp_path, data_dir, models_dir):
    folder = tmp_path / "scores"
    folder.mkdir()
    right, sure = {}, {}
    for name, (height, width) in SIZES.items():
        logits = np.random.default_rng(height).normal(0, 2, (CLASSES, height, width))
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=0)
        np.save(folder / f"{name}.npy", probabilities.astype(np.float32))
        right[name], sure[name] = probabilities.argmax(axis=0), probabilities.max(axis=0)
    model = add_predictions(folder, "camvid", "val", data_dir=data_dir)
    predictor = load_predictor(model)
    for sample in samples(data_dir):
        prediction = predictor.predict(sample.image)
        np.testing.assert_array_equal(prediction.labels, right[sample.id])
        assert prediction.confidence is not None
        np.testing.assert_allclose(prediction.confidence, sure[sample.id] * 255, atol=0.51)
    assert model.description.has_confidence
    scores = scoring.score_model(model, data_dir, "val")
    assert scores.calibration_error is not None
    assert scores.brier_score is None, "only the winner's probability is kept"


def test_every_fault_is_told_at_once_and_nothing_stays(tmp_path, data_dir, models_dir):
    maps = label_maps()
    folder = write(tmp_path / "mine", maps)
    (folder / "d_4.png").unlink()
    Image.fromarray(maps["e_5"][:-1]).save(folder / "e_5.png")
    maps["f_6"][3, 7] = 200
    write(folder, {"f_6": maps["f_6"], "stranger": maps["f_6"]})
    with pytest.raises(UserError) as error:
        add_predictions(folder, "camvid", "val", data_dir=data_dir)
    message = str(error.value)
    for told in ["4 of the predictions", "d_4", "e_5.png", "14x19", "f_6.png", "x 7, y 3", "200", "stranger.png"]:
        assert told in message
    assert "\n" not in message
    assert leftovers(models_dir) == []


def test_many_faults_are_counted(tmp_path, data_dir, models_dir):
    folder = write(tmp_path / "mine", {f"stranger_{index}": np.zeros((2, 2), np.uint8) for index in range(50)})
    with pytest.raises(UserError, match=facts(53, 33)):
        add_predictions(folder, "camvid", "val", data_dir=data_dir)


@pytest.mark.parametrize(
    ("dataset", "split", "told"),
    [("camvid", "night", ("night", "train", "val")), ("nothing", "val", ("nothing", "camvid"))],
)
def test_an_unknown_dataset_or_split_is_refused(tmp_path, data_dir, models_dir, dataset, split, told):
    with pytest.raises(UserError, match=facts(*told)):
        add_predictions(write(tmp_path / "mine", label_maps()), dataset, split, data_dir=data_dir)
    assert leftovers(models_dir) == []


def test_one_picture_can_not_have_two_predictions(tmp_path, models_dir):
    """Predictions are found by the pixels, as a network would give the same for both."""
    data = make(tmp_path / "data")
    twin = data / "CamVid" / "val" / "f_6.png"
    twin.write_bytes((data / "CamVid" / "val" / "d_4.png").read_bytes())
    maps = label_maps()
    with pytest.raises(UserError, match=facts("f_6.png", "d_4")):
        add_predictions(write(tmp_path / "mine", maps), "camvid", "val", data_dir=data)
    add_predictions(write(tmp_path / "mine", maps | {"f_6": maps["d_4"]}), "camvid", "val", data_dir=data)
