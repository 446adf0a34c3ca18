"""Two models: which is better, and where, by class and by image."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from models.metrics.significance import points
from pages.evaluation import model_comparison
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.evaluation.conftest import ABSENT, VOC
from tests.pages.evaluation.evaluation_page import evaluation


def test_differences_by_class_and_image(two):
    by_class = model_comparison.class_differences(two[0], two[1]).set_index("Class")["Difference of IoU"]
    ious = [one.classes.set_index("name")["iou"] for one in two]
    assert by_class["cat"] == pytest.approx(ious[0]["cat"] - ious[1]["cat"])
    assert by_class[list(ABSENT)].isna().all()
    by_image = model_comparison.image_differences(two[0], two[1], most=4)
    assert len(by_image) == 4
    assert by_image["Difference of mIoU"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(by_image["good"] - by_image["bad"], by_image["Difference of mIoU"])


def test_the_better_of_two_models_is_named(scores):
    app = evaluation(dataset="voc2012", view="Two models", a="bad", b="good")
    assert has_no_messages(app)
    (sentence,) = [box.value for box in app.success]
    good, bad = (json.loads((scores / name / "evaluation.json").read_text())["val"]["miou"] for name in ("good", "bad"))
    assert re.match(r"\*\*good\b.*\bbetter\b.*\bbad\b", sentence)
    assert escape_markdown(f" {points(good - bad)} points") in sentence
    assert "95 % interval" in sentence
    assert address(app)["a"] == "bad"


def test_models_scored_on_different_images_are_not_compared(scores):
    other = {"val": scored.evaluation(VOC, 0.3, 20)}
    scored.make(scores / "other", "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores=other)
    app = evaluation(dataset="voc2012", view="Two models", a="good", b="other")
    assert not app.exception
    assert not app.error
    (warning,) = app.warning
    assert warning.value.endswith(escape_markdown(": good, bad."))
    assert any("scored on different images" in info.value for info in app.info)


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own(two):
    named = [replace(one, name=name) for one, name in zip(two, ("Image", "Difference of mIoU"), strict=True)]
    table, usual = (model_comparison.image_differences(pair[0], pair[1], most=4) for pair in (named, two))
    assert table.columns.tolist() == [
        "Image",
        "Image (model)",
        "Difference of mIoU (model)",
        "Difference of mIoU",
    ]
    assert table.to_numpy().tolist() == usual.to_numpy().tolist()


def test_where_one_model_is_scored_another_is_asked_for(scores):
    app = evaluation(dataset="oxford_iiit_pet", split="test", view="Two models")
    assert has_no_messages(app)
    assert any("Evaluate a model" in info.value for info in app.info)
