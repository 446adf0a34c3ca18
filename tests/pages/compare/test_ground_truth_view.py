"""The tab about the ground truth: of a dataset's picture, and of an upload with a mask."""

import re

import numpy as np
import pytest

from models.metrics import segmentation
from models.runs.run import Run
from pages.compare import ground_truth_scores
from pages.compare.ground_truth import ground_truth_of
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture
from pages.shared.ui.layout import escape_markdown
from tests.pages.app import address, encoded, has_no_messages
from tests.pages.compare.compare_page import captions, compare, panels

BOTH = "tiny_pets,tiny_street"
PETS_PICTURE = {"dataset": "oxford_iiit_pet", "split": "val", "id": "d_4"}


def test_a_link_to_a_datasets_picture_shows_its_ground_truth(runs, datasets_here):
    app = compare(models=BOTH, view="truth", **PETS_PICTURE)
    assert has_no_messages(app)
    assert panels(app)[:3] == [("truth", "Ground truth"), ("model", "tiny_pets"), ("model", "tiny_street")]
    shown = dataset_picture(DatasetItem(**PETS_PICTURE))
    known = ground_truth_of(shown, {})
    assert known is not None
    matrix = ground_truth_scores.confusion(known, shown, Run(runs / "tiny_pets", published=False))
    summary, classes = (frame.value for frame in app.dataframe)
    assert summary.to_dict("records") == [
        {
            "Model": "tiny_pets",
            "mIoU": segmentation.mean_iou(matrix),
            "Pixel accuracy": segmentation.pixel_accuracy(matrix),
        }
    ]
    assert set(classes["Class"]) == {"pet", "background", "border"}
    (remark,) = [caption.value for caption in app.caption if "tiny\\_street" in caption.value]
    assert "Oxford-IIIT Pet" in remark
    assert address(app) == {"models": BOTH, "view": "truth", **PETS_PICTURE}
    app.switch_page("streamlit_app.py").run()
    app.switch_page("pages/1_Compare.py").run()
    assert address(app) == {"models": BOTH, "view": "truth", **PETS_PICTURE}, "the selection is kept across pages"


def test_a_mask_for_an_upload_is_accepted_and_a_wrong_one_refused(runs):
    app = compare(models=BOTH, view="truth")
    image = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    app.file_uploader[0].set_value([("own.png", encoded(image), "image/png")]).run()
    assert panels(app)[0][0] == "model"
    app.file_uploader[1].set_value(("wide.png", encoded(np.zeros((40, 61), np.uint8)), "image/png")).run()
    (error,) = app.error
    assert error.value.startswith(escape_markdown("wide.png:"))
    assert {"61x40", "60x40"} <= set(re.findall(r"\w+", error.value))
    app.file_uploader[1].set_value(("mask.png", encoded(np.eye(40, 60, dtype=np.uint8)), "image/png")).run()
    assert has_no_messages(app)
    assert panels(app)[0] == ("truth", "Ground truth")
    classes = app.dataframe[1].value.set_index("Class")["tiny_pets"]
    assert classes["border"] == "not in this picture"
    assert "mask.png" in captions(app)
    next(button for button in app.button if button.label == "Remove").click().run()
    assert panels(app)[0][0] == "model"
    assert len(app.file_uploader) == 2


def with_mask(mask, name="mask.png", classes="oxford_iiit_pet"):
    """Open Compare with a picture of 60x40 and upload a mask for it."""
    app = compare(models=BOTH, view="truth")
    image = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    app.file_uploader[0].set_value([("own.png", encoded(image), "image/png")]).run()
    app.selectbox(key="truth_space").set_value(classes).run()
    app.file_uploader[1].set_value((name, mask, "image/png")).run()
    assert not app.exception
    return app


def choice(app, words):
    return next(box for box in app.selectbox if words in box.label)


def shares(app):
    """Return the share of each class in the mask."""
    return app.dataframe[1].value.set_index("Class")["Share"].to_dict()


def test_a_black_and_white_mask_asks_which_class_is_white(runs):
    mask = np.zeros((40, 60), np.uint8)
    mask[:10] = 255
    app = with_mask(encoded(mask))
    which = choice(app, "255")
    assert has_no_messages(app)
    assert which.options[which.index] == "255 is pet, 0 is background"
    assert shares(app) == {"pet": 0.25, "background": 0.75, "border": 0}
    which.set_value(which.options.index("255 is border, 0 is background")).run()
    assert has_no_messages(app)
    assert shares(app) == {"pet": 0, "background": 0.75, "border": 0.25}


def test_without_a_likely_class_nothing_is_scored_before_one_is_chosen(runs):
    mask = np.zeros((40, 60), np.uint8)
    mask[:10] = 255
    app = with_mask(encoded(mask), classes="camvid")
    assert has_no_messages(app)
    assert not app.dataframe
    assert panels(app)[0][0] == "model"
    which = choice(app, "255")
    which.set_value(which.options.index("255 is road, 0 is not scored")).run()
    assert panels(app)[0] == ("truth", "Ground truth")
    assert shares(app)["road"] == 1


def test_a_sure_reading_is_told(runs):
    mask = np.ones((40, 60), np.uint8)
    mask[:10], mask[10:20] = 2, 3
    app = with_mask(encoded(mask))
    assert any("1 is pet, 2 is background, 3 is border" in info.value for info in app.info)
    assert shares(app) == {"pet": 0.5, "background": 0.25, "border": 0.25}


def test_a_mask_on_its_side_can_be_turned(runs):
    mask = np.ones((60, 40), np.uint8)
    mask[:20], mask[20:30] = 0, 2
    app = with_mask(encoded(mask))
    assert any({"40x60", "60x40"} <= set(re.findall(r"\w+", info.value)) for info in app.info)
    assert not app.dataframe
    turn = choice(app, "turned")
    turn.set_value(turn.options.index("turned right")).run()
    assert has_no_messages(app)
    assert shares(app) == pytest.approx({"pet": 1 / 3, "background": 1 / 2, "border": 1 / 6})


def test_a_jpeg_is_refused_as_a_mask_with_the_reason(runs):
    app = with_mask(encoded(np.eye(40, 60, dtype=np.uint8), "JPEG"), "mask.jpg")
    (error,) = app.error
    assert {"JPEG", "labels", "PNG"} <= set(re.findall(r"\w+", error.value))
