"""Predictions: computed once per picture and weights, and kept compact."""

import io
import pickle
import shutil
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from models.inference.predictor import RunPredictor
from models.runs.run import Run
from pages.shared.content import loaded_models, predictions
from pages.shared.content.images import DISPLAY_SIDE, Picture, sample_pictures
from pages.shared.content.predictions import ImagePrediction, deflate, row_differences


@pytest.fixture
def cat():
    return next(picture for picture in sample_pictures() if picture.sample == "chelsea")


planes = npst.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def confidence(prediction):
    """Return the kept confidence in per cent."""
    differences = np.frombuffer(zlib.decompress(prediction.deflated_confidence), np.uint8)
    return np.cumsum(differences.reshape(prediction.size), axis=1, dtype=np.uint8)


@given(planes)
def test_arrays_are_kept_unchanged(plane):
    kept = ImagePrediction(
        ("", "", ""), plane.shape, (1,), 0, "float32", (), deflate(plane[::-1]), deflate(row_differences(plane))
    )
    assert kept.labels.dtype == np.uint8
    assert np.array_equal(kept.labels, plane[::-1])
    assert np.array_equal(confidence(kept), plane)


@given(planes)
def test_row_differences_add_up_to_the_values(values):
    assert np.array_equal(np.cumsum(row_differences(values), axis=1, dtype=np.uint8), values)


def test_a_cached_prediction_is_smaller_than_its_planes(runs_folder, cat):
    prediction = predictions.predict(cat, Run(runs_folder / "tiny_pets", published=False))
    assert prediction.labels.any()
    assert len(pickle.dumps(prediction)) < prediction.labels.nbytes, "half of what the two planes take"


def test_a_prediction_is_that_of_the_model(runs_folder, cat):
    run = Run(runs_folder / "tiny_pets", published=False)
    expected = RunPredictor.load(run).predict(cat.pixels(), longest=DISPLAY_SIDE)
    found = predictions.predict(cat, run)
    labels, percent = found.labels, confidence(found)
    assert np.array_equal(labels, expected.labels)
    assert percent.shape == labels.shape
    assert expected.confidence is not None
    assert np.abs(percent - expected.confidence / 2.55).max() <= 0.51


def test_a_prediction_is_computed_once_per_picture_and_weights(runs_folder, cat):
    pets, street = (Run(runs_folder / name, published=False) for name in ("tiny_pets", "tiny_street"))
    assert predictions.predict(cat, pets).seconds == predictions.predict(cat, pets).seconds, "computed again"
    assert loaded_models.weights_digest(pets) != loaded_models.weights_digest(street)


def test_new_weights_in_the_same_run_need_a_new_prediction(runs_folder, cat, tmp_path):
    run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "run"), published=False)
    assert predictions.predict(cat, run) == predictions.predict.peek(cat, run)
    before = loaded_models.weights_digest(run)
    shutil.copyfile(runs_folder / "tiny_street" / run.weights.name, run.weights)
    assert loaded_models.weights_digest(run) != before
    assert predictions.predict.peek(cat, run) is None


def test_a_prediction_is_cached_once_computed(runs_folder):
    run = Run(runs_folder / "tiny_pets", published=False)
    content = io.BytesIO()
    Image.new("RGB", (20, 30), "#123456").save(content, "PNG")
    picture = Picture("a picture of this test alone", "a.png", "", content=content.getvalue())
    assert predictions.predict.peek(picture, run) is None
    found = predictions.predict(picture, run)
    assert predictions.predict.peek(picture, run) == found


def test_regions_are_those_of_the_label_map_down_to_the_smallest_of_the_config(runs_folder, cat):
    run = Run(runs_folder / "tiny_street", published=False)
    found = predictions.predict(cat, run)
    labels = found.labels
    smallest = run.experiment.evaluate.smallest_object * labels.size
    assert found.regions
    for region in found.regions:
        left, top, width, height = region.box
        inside = labels[top : top + height, left : left + width] == region.ident
        assert smallest <= region.area <= inside.sum()
        assert inside.any(axis=0).all(), "the box is wider than what is in it"
        assert region.confidence is not None
        assert 0 < region.confidence <= 1
