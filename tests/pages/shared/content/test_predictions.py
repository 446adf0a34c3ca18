"""What is made of a prediction for the browser, and which models are chosen at first."""

import base64
import io
import json
import shutil
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from models.inference.predictor import Predictor
from models.runs.run import Run
from pages.compare.viewer.component import duration, payload
from pages.compare.viewer.model_panel import model_panel
from pages.shared.content import predictions
from pages.shared.content.images import DISPLAY_SIDE, Picture, sample_pictures

planes = npst.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def unpack(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


@given(planes)
def test_steps_add_up_to_the_values_again(values):
    assert np.array_equal(np.cumsum(predictions.steps(values), axis=1, dtype=np.uint8), values)


@pytest.fixture
def cat():
    return next(picture for picture in sample_pictures() if picture.sample == "chelsea")


@pytest.mark.parametrize("name", ["tiny_pets", "tiny_street"])
def test_the_browser_gets_the_prediction_itself(runs_folder, cat, name):
    run = Run(runs_folder / name, published=False)
    expected = Predictor.load(run).predict(cat.pixels(), longest=DISPLAY_SIDE)
    answer = predictions.answer(cat, run)
    model = payload(cat, [model_panel(name, run, answer)])["panels"][0]
    size = model["height"], model["width"]
    assert np.array_equal(unpack(model["labels"]).reshape(size), expected.labels)
    percent = np.cumsum(unpack(model["confidence"]).reshape(size), axis=1, dtype=np.uint8)
    assert np.abs(percent - expected.confidence / 2.55).max() <= 0.51
    for entry in model["classes"]:
        assert entry["share"] == pytest.approx((expected.labels == entry["id"]).mean())
        assert entry["name"] == run.label_space.names[entry["id"]]
        assert entry["colour"] == run.label_space.colours[entry["id"]]
    assert {entry["id"] for entry in model["classes"]} == set(run.label_space.scored)


def test_an_answer_unpacks_to_the_prediction(runs_folder, cat):
    run = Run(runs_folder / "tiny_pets", published=False)
    expected = Predictor.load(run).predict(cat.pixels(), longest=DISPLAY_SIDE)
    found = predictions.answer(cat, run)
    labels, percent = predictions.label_map(found), predictions.confidence(found)
    assert np.array_equal(labels, expected.labels)
    assert percent.shape == labels.shape
    assert np.abs(percent - expected.confidence / 2.55).max() <= 0.51


def test_an_answer_is_made_once_per_picture_and_weights(runs_folder, cat):
    pets, street = (Run(runs_folder / name, published=False) for name in ("tiny_pets", "tiny_street"))
    assert predictions.answer(cat, pets).seconds == predictions.answer(cat, pets).seconds, "measured anew"
    assert predictions.weights_digest(pets) != predictions.weights_digest(street)


def test_other_weights_in_the_same_run_are_asked_anew(runs_folder, cat, tmp_path):
    run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "run"), published=False)
    assert predictions.answer(cat, run) == predictions.known(cat, run)
    before = predictions.weights_digest(run)
    shutil.copyfile(runs_folder / "tiny_street" / run.weights.name, run.weights)
    assert predictions.weights_digest(run) != before
    assert predictions.known(cat, run) is None


@pytest.mark.parametrize(
    ("kinds", "published", "chosen"),
    [
        (("street",), [], ["street"]),
        (("pet", "scene"), ["pets"], ["pets"]),
        (("pet",), [], ["pets", "more_pets"]),
        (("pet",), ["more_pets"], ["more_pets"]),
        (("street",), ["pets"], ["street"]),
        (("grocery",), [], ["pets", "street", "more_pets"]),
        ((), ["pets", "street"], ["pets", "street"]),
        ((), [], ["pets", "street", "more_pets"]),
    ],
)
def test_models_are_chosen_by_what_the_picture_shows(runs_folder, kinds, published, chosen):
    folders = {"pets": "tiny_pets", "street": "tiny_street", "more_pets": "tiny_pets"}
    models = {name: Run(runs_folder / folder, name in published) for name, folder in folders.items()}
    assert predictions.fitting(models, Picture("", "", "", kinds=kinds)) == chosen
    assert len(predictions.fitting(models, Picture("", "", ""), few=1)) == 1


def test_every_dataset_has_its_turn_and_its_best_model_comes_first(runs_folder, tmp_path):
    models = {}
    for name, folder, miou in [
        ("a", "tiny_pets", 0.5), ("b", "tiny_pets", 0.7), ("c", "tiny_pets", None), ("d", "tiny_street", 0.1),
    ]:  # fmt: skip
        models[name] = Run(shutil.copytree(runs_folder / folder, tmp_path / name), published=False)
        (tmp_path / name / "evaluation.json").write_text(json.dumps({"schema": 1, "val": {"miou": miou}}))
    upload = Picture("", "", "")
    assert [predictions.fitting(models, upload, few) for few in (1, 2, 3)] == [["b"], ["b", "d"], ["a", "b", "d"]]
    assert predictions.fitting(models, Picture("", "", "", kinds=("pet",)), 2) == ["a", "b"]


@pytest.mark.parametrize("content", ["", "[]", '{"val": 3}', '{"val": {"miou": "high"}}'])
def test_a_damaged_evaluation_hides_no_model(runs_folder, tmp_path, content):
    run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "run"), published=False)
    (run.path / "evaluation.json").write_text(content)
    assert predictions.fitting({"run": run}, Picture("", "", "")) == ["run"]


def test_an_answer_is_known_once_it_was_asked_for(runs_folder):
    run = Run(runs_folder / "tiny_pets", published=False)
    content = io.BytesIO()
    Image.new("RGB", (20, 30), "#123456").save(content, "PNG")
    picture = Picture("a picture of this test alone", "a.png", "", content=content.getvalue())
    assert predictions.known(picture, run) is None
    found = predictions.answer(picture, run)
    assert predictions.known(picture, run) == found


def test_objects_are_those_of_the_label_map_and_as_small_as_the_config_says(runs_folder, cat):
    run = Run(runs_folder / "tiny_street", published=False)
    found = predictions.answer(cat, run)
    labels = predictions.label_map(found)
    smallest = run.experiment.evaluate.smallest_object * labels.size
    assert found.objects
    for thing in found.objects:
        left, top, width, height = thing.box
        inside = labels[top : top + height, left : left + width] == thing.ident
        assert smallest <= thing.area <= inside.sum()
        assert inside.any(axis=0).all(), "the box is wider than what is in it"
        assert 0 < thing.confidence <= 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.00123, "1.2 ms"), (0.0144, "14 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (12.34, "12.3 s")],
)
def test_times_are_told_as_people_read_them(seconds, words):
    assert duration(seconds) == words
