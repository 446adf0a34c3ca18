"""The view of suspicious truth: its list, its ticks, and what it saves."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from streamlit.testing.v1 import AppTest

from data import datasets, store
from models.analysis import truth_exports
from models.analysis.suspicious_truth import Answer, Judged
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from pages.evaluation import suspicious_list, suspicious_truth
from pages.shared.content.scores import Scores, read
from pages.shared.ui.layout import escape_markdown
from tests.data.conftest import make_pets
from tests.pages.app import has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation
from train.evaluation.scoring import evaluate_run
from train.suspicious_truth import search


@pytest.fixture(name="two_pets")
def two_scored_models(runs, no_models, tmp_path, monkeypatch) -> list[Run]:
    """Return two models of pets with the same weights, scored on val, whose predictions are saved."""
    data = tmp_path / "data"
    make_pets(data / "oxford_iiit_pet")
    monkeypatch.setenv("SEGDECK_DATA", str(data))
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = Run(shutil.copytree(runs / "tiny_pets", no_models / "pets_a"), published=False)
    (run.path / "train_images.txt").write_text("")
    evaluate_run(run, data, "val", save=True)
    return [run, Run(shutil.copytree(run.path, no_models / "pets_b"), published=False)]


def view(**link: str) -> AppTest:
    return evaluation(view="Suspicious truth", **link)


def ticks(app: AppTest) -> list:
    return [element for element in app.button_group if element.label == "Looked at"]


def test_regions_are_listed_ticked_and_saved(two_pets, tmp_path):
    app = view()
    assert has_no_messages(app)
    findings, _ = search(two_pets, tmp_path / "data", "val")
    assert findings.regions
    captions = [one.proto.imgs[0].caption for one in app.get("image") if one.proto.imgs[0].caption]
    assert len(captions) == min(len(findings.regions), suspicious_list.PER_PAGE)
    first = findings.regions[0]
    assert f"{first.pixels:,} pixels" in captions[0]
    ticks(app)[0].set_value("mask wrong").run()
    assert not app.exception
    assert ticks(app)[0].value == "mask wrong"
    assert any(f"1 of {len(findings.regions):,} " in caption.value for caption in app.caption)
    ((said,),) = [kept.values() for kept in app.session_state["suspicious_verdicts"].values()]
    assert said == "mask wrong"
    scores = next(one for one in read({run.name: run for run in two_pets})[0] if one.name == "pets_a")
    verdicts = {truth_exports.key_of(first): said}
    content = suspicious_list.coco_file(
        scores, findings.regions, ["pets_a", "pets_b"], two_pets[0].label_space, verdicts
    )
    (tmp_path / "coco.json").write_bytes(content)
    saved = COCO(tmp_path / "coco.json")
    assert {Path(image["file_name"]).suffix for image in saved.dataset["images"]} == {".jpg"}
    assert json.loads(content)["annotations"][0]["attributes"]["verdict"] == "mask wrong"


def test_pictures_are_listed_by_their_share(two_pets, tmp_path):
    app = view(suspects="Pictures")
    assert has_no_messages(app)
    findings, _ = search(two_pets, tmp_path / "data", "val")
    listed = app.dataframe[-1].value
    assert listed["Picture"].tolist() == [image.id for image in findings.images]
    assert listed["Share"].is_monotonic_decreasing
    one = findings.images[0]
    app = view(suspect=one.id)
    assert has_no_messages(app)
    captions = [shown.proto.imgs[0].caption for shown in app.get("image") if shown.proto.imgs[0].caption]
    assert len(captions) == min(one.regions, suspicious_list.PER_PAGE)
    assert all(escape_markdown(one.id) in caption for caption in captions)


def test_predictions_for_other_images_of_the_same_names_are_not_searched(two_pets, tmp_path):
    for file in (tmp_path / "data").rglob("*.jpg"):
        Image.fromarray(np.asarray(Image.open(file))[::-1]).save(file)
    store.open_all("oxford_iiit_pet", tmp_path / "data")
    app = view()
    assert has_no_messages(app)
    assert any("pets_a" in info.value.replace("\\", "") and "other images" in info.value for info in app.info)
    assert not app.get("image")


def test_without_saved_predictions_they_are_offered(scores):
    app = view(dataset="voc2012", models="good")
    assert not app.exception
    assert any("good" in caption.value and "not saved" in caption.value for caption in app.caption)


def test_models_scored_in_shared_classes_take_no_part(shared_scores):
    app = view(dataset="voc2012", scored="pet and background", models="pets_a")
    assert not app.exception
    assert any("pets" in caption.value and "shared classes" in caption.value for caption in app.caption)


def test_a_model_in_two_precisions_is_not_two_that_agree(runs):
    one, other = Run(runs / "tiny_pets", published=False), Run(runs / "tiny_street", published=False)
    quantised = Run(runs / "tiny_pets", published=False, precision="int8")
    shown = [Scores(name, run, "val", SplitScores()) for name, run in zip("abc", (one, quantised, other), strict=True)]
    assert suspicious_truth.at_first(shown, ["a", "b", "c"]) == ["a", "c"]
    assert suspicious_truth.at_first(shown, ["b", "c"]) == ["b", "c"]


def test_a_search_counts_the_images_of_both_readings():
    truth = np.zeros((4, 6), np.uint8)
    images: Any = [Judged(name, truth, [Answer(truth, truth)]) for name in "abc"]
    facts = (("state of the predictions",), "folder", "val")
    samples: Any = SimpleNamespace(class_pixels=lambda: np.array([[24]]))
    suspicious_truth._search(facts, images, datasets.get("camvid").label_space, samples)
    assert suspicious_truth._count(facts).done == suspicious_truth._count(facts).total == 6
