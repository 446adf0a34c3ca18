"""What the browser receives of a prediction."""

import base64
import shutil
import zlib

import numpy as np
import pytest

from models.inference.predictor import RunPredictor
from models.runs.run import Run
from pages.compare.viewer.component import Panel, payload
from pages.compare.viewer.model_panel import model_panel
from pages.shared.content import predictions
from pages.shared.content.images import DISPLAY_SIDE, sample_pictures
from pages.shared.content.predictions import ModelPrediction
from tests.facts import mentions
from tests.models import familiar


def unpack(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


@pytest.fixture
def cat():
    return next(picture for picture in sample_pictures() if picture.sample == "chelsea")


@pytest.mark.parametrize("name", ["tiny_pets", "tiny_street"])
def test_the_browser_gets_the_prediction_itself(runs_folder, cat, name):
    run = Run(runs_folder / name, published=False)
    expected = RunPredictor.load(run).predict(cat.pixels(), longest=DISPLAY_SIDE)
    prediction = predictions.predict(cat, run)
    model = payload(cat, [model_panel(ModelPrediction(name, run, prediction))])["panels"][0]
    size = model["height"], model["width"]
    assert np.array_equal(unpack(model["labels"]).reshape(size), expected.labels)
    percent = np.cumsum(unpack(model["confidence"]).reshape(size), axis=1, dtype=np.uint8)
    assert expected.confidence is not None
    assert np.abs(percent - expected.confidence / 2.55).max() <= 0.51
    for entry in model["classes"]:
        assert entry["share"] == pytest.approx((expected.labels == entry["id"]).mean())
        assert entry["name"] == run.label_space.names[entry["id"]]
        assert entry["colour"] == run.label_space.colours[entry["id"]]
    assert {entry["id"] for entry in model["classes"]} == set(run.label_space.scored)


def test_a_rerun_deflates_nothing(runs_folder, cat, monkeypatch):
    run = Run(runs_folder / "tiny_pets", published=False)
    first = model_panel(ModelPrediction("a", run, predictions.predict(cat, run)))
    monkeypatch.setattr(predictions, "deflate", lambda plane: pytest.fail("deflated again"))
    second = model_panel(ModelPrediction("b", run, predictions.predict(cat, run)))
    assert (first.labels, first.confidence) == (second.labels, second.confidence)


def test_a_picture_unlike_the_training_pictures_has_a_line_and_one_like_them_none(runs_folder, cat, tmp_path):
    run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "tiny_pets"), published=False)

    def panel() -> Panel:
        return model_panel(ModelPrediction("a", run, predictions.predict(cat, run)))

    unknown = panel()
    assert (unknown.verdict, unknown.verdict_note) == ("", "")
    familiar.write(run, threshold=-1000.0)
    unlike = panel()
    assert "Unlike" in unlike.verdict
    assert mentions(unlike.verdict_note, "-1000.00", "5.0 %")
    familiar.write(run, threshold=1000.0)
    like = panel()
    assert (like.verdict, like.verdict_note) == ("", "")
    familiar.write(run, weights="ab" * 32)
    refused = panel()
    assert "unknown" in refused.verdict
    assert mentions(refused.verdict_note, "familiarity.json", "tiny_pets")
    assert len({one.labels for one in (unknown, unlike, like, refused)}) == 1
