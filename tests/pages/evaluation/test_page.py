"""The Evaluation page without a browser: with scores, with nothing yet, with broken files."""

import json
import os
import shutil

import pytest

from data import datasets
from models.runs.run import Run
from pages.evaluation.page import VIEWS
from pages.evaluation.significance import points
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from tests.data.conftest import make_pets
from tests.pages import app as dashboard
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from train.evaluation.scoring import evaluate_run

EVALUATION = "pages/3_Evaluation.py"
PETS, VOC = datasets.get("oxford_iiit_pet").label_space, datasets.get("voc2012").label_space
GROCERY = datasets.get("grocery").label_space
MEASURES = ("precision", "recall", "map50")


def evaluation(**link):
    return dashboard.open_page(EVALUATION, link)


def figures(app):
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


@pytest.fixture
def scores(no_models):
    """Write three scored runs: two of VOC without boats, one of pets."""
    for name, errors in [("good", 0.2), ("bad", 0.5)]:
        val = scored.evaluation(VOC, errors, 30, ["boat"])
        scored.make(no_models / name, "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})
    pets = {"val": scored.evaluation(PETS, 0.3), "test": scored.evaluation(PETS, 0.4)}
    scored.make(no_models / "pets", epochs=1, scores=pets)
    return no_models


def test_leaderboard_and_classes(scores):
    app = evaluation(dataset="voc2012")
    assert has_no_messages(app)
    board = app.dataframe[0].value
    assert board["Model"].tolist() == ["good", "bad"]
    assert board["mIoU"].is_monotonic_decreasing
    written = json.loads((scores / "good" / "evaluation.json").read_text())["val"]
    assert board["mIoU"][0] == written["miou"]
    assert board["Boundary IoU"][0] == written["boundary_iou"]
    classes = app.dataframe[1].value.set_index("Class")
    assert classes.loc["boat", "good"] == "not in this split"
    assert classes.loc["cat", "good"] == f"{next(one['iou'] for one in written['classes'] if one['name'] == 'cat'):.3f}"
    quality, bars = figures(app)
    assert {trace["name"] for trace in quality["data"]} == {"good", "bad"}
    assert [note["text"] for note in bars["layout"]["annotations"]] == ["not in this split"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_linked_to(scores, view):
    app = evaluation(dataset="voc2012", models="good,bad", view=view)
    assert has_no_messages(app)
    assert address(app).get("view", "Classes") == view
    assert len(figures(app)) == 2
    notes = [caption.help for caption in app.caption if caption.value == "What is this?"]
    assert len(notes) == 2
    assert all("split val" in text.replace("Split: val", "split val") for text in notes)


def test_objects_are_shown_for_models_scored_for_them(scores):
    for name, errors, boxes in [("finds", 0.1, True), ("misses", 0.5, True), ("older", 0.3, False)]:
        val = scored.evaluation(GROCERY, errors, 8, ["soap"], boxes=boxes)
        if not boxes:
            del val["detection"]  # as evaluations were before
        scored.make(scores / name, "grocery_unet.yaml", epochs=1, scores={"val": val})
    app = evaluation(dataset="grocery", models="finds,misses,older", view="Objects")
    assert has_no_messages(app)
    assert address(app)["view"] == "Objects"
    _, models, classes = (element.value for element in app.dataframe)
    written = json.loads((scores / "misses" / "evaluation.json").read_text())["val"]["detection"]
    row = models.set_index("Model").loc["misses"]
    assert models["Model"].tolist() == ["finds", "misses"]
    assert models["mAP50"][0] > models["mAP50"][1]
    assert (row["Precision"], row["Recall"], row["mAP50"]) == tuple(written[key] for key in MEASURES)
    assert (row["Least size"], row["Regions"]) == (0.01, sum(one["predicted"] for one in written["classes"]))
    classes = classes.set_index("Class")
    assert classes["Objects"].is_monotonic_decreasing
    assert classes.loc["soap", "finds"] == "not in this split"
    assert "background" not in classes.index
    (unscored,) = [caption.value for caption in app.caption if "older" in caption.value]
    assert unscored.startswith("Not scored for objects")
    assert unscored.endswith(": older.")


def test_the_objects_view_needs_a_model_scored_for_objects(scores):
    app = evaluation(dataset="voc2012")
    assert app.segmented_control(key="evaluation_view").options == list(VIEWS)
    app = evaluation(dataset="voc2012", view="Objects")
    (warning,) = app.warning
    assert "view=Objects" in warning.value
    assert all(view in warning.value for view in VIEWS)


def test_the_better_of_two_models_is_named(scores):
    app = evaluation(dataset="voc2012", view="Two models", a="bad", b="good")
    assert has_no_messages(app)
    (sentence,) = [box.value for box in app.success]
    good, bad = (json.loads((scores / name / "evaluation.json").read_text())["val"]["miou"] for name in ("good", "bad"))
    assert sentence.startswith("**good is better than bad")
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
    assert warning.value.endswith(escape_markdown(": good, bad; other."))
    assert any("scored on different images" in info.value for info in app.info)


def test_splits_and_a_choice_of_models(scores):
    app = evaluation(dataset="oxford_iiit_pet", split="test", view="Two models")
    assert has_no_messages(app)
    assert app.dataframe[0].value["Model"].tolist() == ["pets"]
    (info,) = app.info
    assert "two models" in info.value
    app.pills(key="evaluation_models").set_value([]).run()
    (info,) = app.info
    assert "at least one model" in info.value


def test_without_models_or_scores_the_page_says_what_to_do(no_models):
    app = evaluation()
    (info,) = app.info
    assert "no model yet" in info.value
    assert app.code[0].value == cli_commands.first_model()
    scored.make(no_models / "fresh", epochs=1)
    app = evaluation()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.startswith("No model ")
    assert "scored" in info.value
    where = os.environ["SEGDECK_DATA"]
    assert app.code[0].value == f"python -m train.evaluate {no_models / 'fresh'} --data-dir {where}"


def test_broken_evaluations_are_named_and_the_rest_is_shown(scores):
    (scores / "holiday").mkdir()
    (scores / "bad" / "evaluation.json").write_text("{")
    (scores / "pets" / "model.weights.h5").write_bytes(b"trained on")
    app = evaluation(dataset="voc2012", models="good,gone")
    assert not app.exception
    assert not app.error
    (warning,) = app.warning
    assert "models=gone" in warning.value
    evaluations, _unscored, folders = app.expander
    assert evaluations.label.startswith("3 evaluations")
    bad, *pets = evaluations.markdown[0].value.splitlines()
    assert escape_markdown(str(scores / "bad" / "evaluation.json")) in bad
    assert "JSON" in bad
    assert len(pets) == 2
    assert all("pets" in sentence and "other weights" in sentence for sentence in pets)
    assert folders.label.startswith("1 folder ")
    assert "holiday" in folders.markdown[0].value
    assert app.dataframe[0].value["Model"].tolist() == ["good"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("running", "first epoch"), ("stopped", "training ended")],
)
def test_models_without_weights_say_why(no_models, state, words):
    run = scored.make(no_models / "fresh", epochs=0, state=state)
    run.weights.unlink()
    app = evaluation()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.partition("**fresh**: ")[2] == f"{run.missing_weights_reason()}."
    assert words in info.value
    assert ["--resume" in code.value for code in app.code] == ([True] if state == "stopped" else [])


def test_where_the_files_are_missing_images_are_listed(scores, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path))
    app = evaluation(dataset="voc2012", view="Images", models="good")
    assert has_no_messages(app)
    assert any("python -m data.prepare voc2012" in info.value for info in app.info)
    listed = app.dataframe[-1].value
    written = json.loads((scores / "good" / "evaluation.json").read_text())["val"]["per_image"]
    assert listed["mIoU"].tolist() == sorted(image["miou"] for image in written)[:6]


def test_worst_images_are_shown_with_truth_and_prediction(runs, no_models, tmp_path, monkeypatch):
    data = tmp_path / "data"
    make_pets(data / "oxford_iiit_pet")
    monkeypatch.setenv("SEGDECK_DATA", str(data))
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = Run(shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets"), published=False)
    (run.path / "train_images.txt").write_text("")
    split = evaluate_run(run, data, "val").splits["val"]
    app = evaluation(view="Images")
    assert has_no_messages(app)
    captions = [strip.proto.imgs[0].caption for strip in app.get("image") if strip.proto.imgs[0].caption]
    worst_first = sorted(split.per_image, key=lambda image: image.miou or 0.0)
    assert [caption.partition(escape_markdown(":"))[0] for caption in captions] == [
        escape_markdown(image.id) for image in worst_first
    ]
    assert f"mIoU {worst_first[0].miou:.3f}" in captions[0]
    named = [strip.proto.imgs[0].alt for strip in app.get("image")]
    assert named[0].startswith(f"{worst_first[0].id}: photograph, truth and ")
    assert named[0].endswith(" tiny_pets")
