"""Compare without a browser: pictures of datasets, the camera, ground truth, and the tabs below the viewer."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from data import datasets, store
from models.metrics import segmentation
from models.runs.run import Run
from pages.compare import ground_truth_scores
from pages.compare.ground_truth import ground_truth_of
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture
from pages.shared.ui.layout import escape_markdown

BOTH = "tiny_pets,tiny_street"
PETS_PICTURE = {"dataset": "oxford_iiit_pet", "split": "val", "id": "d_4"}


def compare(**link):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page("pages/1_Compare.py").run()


def quiet(app):
    return not (app.exception or app.error or app.warning)


def address(app):
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def panels(app):
    return [(panel["kind"], panel["name"]) for panel in json.loads(app.get_by_key("viewer").proto.json)["panels"]]


def offered(app, key="browse_pictures"):
    return [picture["name"] for picture in json.loads(app.get_by_key(key).proto.json)["pictures"]]


def encoded(array, kind="PNG"):
    content = io.BytesIO()
    Image.fromarray(array).save(content, kind)
    return content.getvalue()


def captions(app):
    return " ".join(caption.value for caption in app.caption)


def test_a_link_to_a_datasets_picture_shows_its_ground_truth(runs, datasets_here):
    app = compare(models=BOTH, view="truth", **PETS_PICTURE)
    assert quiet(app)
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


def test_the_tabs_below_the_viewer_show_the_same_predictions(runs):
    app = compare(models=BOTH, sample="chelsea", view="objects")
    assert quiet(app)
    objects = app.dataframe[1].value
    assert set(objects["Model"]) <= {"tiny_pets", "tiny_street"}
    drawn = json.loads(app.get_by_key("viewer").proto.json)["panels"]
    assert len(objects) == sum(len(panel["objects"]) for panel in drawn)
    for view, words in [("agreement", "compar"), ("download", "One zip")]:
        app.query_params["view"] = view
        app.run()
        assert quiet(app)
        assert words in " ".join(one.value for one in [*app.markdown, *app.caption]), view
    app.query_params["view"] = "dreams"
    app.run()
    (warning,) = app.warning
    assert {"dreams", "shares", "objects", "agreement", "truth", "download"} <= set(re.findall(r"\w+", warning.value))
    assert "Share" in app.dataframe[0].value


def test_pictures_of_prepared_datasets_can_be_browsed(runs, datasets_here):
    app = compare(models="tiny_pets", sample="chelsea")
    app.segmented_control[0].set_value("Datasets").run()
    assert quiet(app)
    assert [box.label for box in app.selectbox] == ["Dataset"]
    assert "python -m data.prepare voc2012" in captions(app)
    assert "python -m data.prepare camvid" not in captions(app)
    app.selectbox[0].set_value("oxford_iiit_pet").run()
    assert offered(app) == ["d_4", "e_5"]
    app.segmented_control(key="browse_split").set_value("train").run()
    app.text_input[0].set_value(" B_").run()
    assert offered(app) == ["b_2"]
    app.text_input[0].set_value("zebra").run()
    (info,) = app.info
    assert info.value.startswith("No picture ")
    app.text_input[0].set_value("").run()
    app.multiselect[0].set_value(["pet"]).run()
    samples = store.open_split("oxford_iiit_pet", "train", datasets_here)
    assert offered(app) == [name for index, name in enumerate(samples.ids) if (samples.mask(index) == 0).any()]


def test_without_datasets_the_commands_are_named(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    app.segmented_control[0].set_value("Datasets").run()
    assert quiet(app)
    (info,) = app.info
    assert info.value.startswith("No dataset ")
    commands = [line.split()[:4] for line in app.code[0].value.splitlines()]
    assert commands == [["python", "-m", "data.prepare", name] for name in datasets.names()]
    assert panels(app) == [("model", "tiny_pets")]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"dataset": "voc2012", "id": "d_4"}, "python -m data.prepare voc2012"),
        ({"dataset": "cats", "id": "d_4"}, "There is no dataset 'cats'"),
        ({"dataset": "camvid", "id": "z"}, "There is no picture z"),
    ],
)
def test_a_link_to_a_missing_picture_says_why_and_another_is_shown(runs, datasets_here, link, words):
    app = compare(models="tiny_pets", **link)
    assert not app.exception
    assert [escape_markdown(words) in warning.value for warning in app.warning] == [True]
    assert panels(app) == [("model", "tiny_pets")]


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
    assert quiet(app)
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
    assert quiet(app)
    assert which.options[which.index] == "255 is pet, 0 is background"
    assert shares(app) == {"pet": 0.25, "background": 0.75, "border": 0}
    which.set_value(which.options.index("255 is border, 0 is background")).run()
    assert quiet(app)
    assert shares(app) == {"pet": 0, "background": 0.75, "border": 0.25}


def test_without_a_likely_class_nothing_is_scored_before_one_is_chosen(runs):
    mask = np.zeros((40, 60), np.uint8)
    mask[:10] = 255
    app = with_mask(encoded(mask), classes="camvid")
    assert quiet(app)
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
    assert quiet(app)
    assert shares(app) == pytest.approx({"pet": 1 / 3, "background": 1 / 2, "border": 1 / 6})


def test_a_jpeg_is_refused_as_a_mask_with_the_reason(runs):
    app = with_mask(encoded(np.eye(40, 60, dtype=np.uint8), "JPEG"), "mask.jpg")
    (error,) = app.error
    assert {"JPEG", "labels", "PNG"} <= set(re.findall(r"\w+", error.value))


def test_a_photograph_of_the_camera_is_a_picture_like_any_other(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    assert not app.camera_input, "the camera is requested before it is chosen"
    app.segmented_control[0].set_value("Camera").run()
    image = np.random.default_rng(1).integers(0, 255, (30, 50, 3), np.uint8)
    app.camera_input[0].set_value(("camera_input.jpg", encoded(image, "JPEG"), "image/jpeg")).run()
    assert quiet(app)
    assert offered(app, "picker")[0] == "photograph 1"
    assert "sample" not in address(app)
    assert json.loads(app.get_by_key("viewer").proto.json)["picture"]["original_width"] == 50


def test_an_animation_says_that_its_first_frame_is_shown(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    frames = [Image.fromarray(np.random.default_rng(seed).integers(0, 255, (20, 30, 3), np.uint8)) for seed in (2, 3)]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])
    app.file_uploader[0].set_value([("dance.gif", content.getvalue(), "image/gif")]).run()
    assert quiet(app)
    (info,) = app.info
    assert info.value.startswith("dance.gif ")
    assert "first frame" in info.value
    app.query_params["sample"] = "chelsea"
    app.run()
    assert not app.info, "it concerns only the picture shown"


def test_a_picture_that_is_uploaded_again_is_shown_again(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    sizes = [(40, 60), (30, 50)]
    files = [
        (f"{width}.png", encoded(np.full((height, width, 3), 90, np.uint8)), "image/png") for height, width in sizes
    ]
    for file, width in [(files[0], 60), (files[1], 50), (files[0], 60)]:
        app.file_uploader[0].set_value([file]).run()
        assert quiet(app)
        assert json.loads(app.get_by_key("viewer").proto.json)["picture"]["original_width"] == width
    assert offered(app, "picker")[:3] == ["60.png", "50.png", "A cat"], "and is listed once"
