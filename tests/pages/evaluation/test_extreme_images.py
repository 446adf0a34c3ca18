"""The images that a model does worst and best on, and their strips."""

import json
import math
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from data import datasets, store, strips
from data.label_maps import overlay
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from pages.evaluation import extreme_images
from pages.evaluation.lighting import Everything
from pages.shared.content import loaded_models, predictions
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture
from pages.shared.content.scores import Scores
from pages.shared.ui.layout import escape_markdown
from tests.data.conftest import make_pets
from tests.pages import scored
from tests.pages.app import has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation
from train.evaluation.scoring import evaluate_run


@pytest.mark.parametrize(("name", "dataset"), [("tiny_pets", "oxford_iiit_pet"), ("tiny_street", "camvid")])
def test_a_strip_shows_the_prediction_that_compare_shows(runs_folder, datasets_here, tmp_path, name, dataset):
    run = Run(shutil.copytree(runs_folder / name, tmp_path / name), published=False)
    item = DatasetItem(dataset, "val", "e_5")
    picture, sample = dataset_picture(item), item.sample()
    one = Scores(name, run, "val", SplitScores())
    classes = extreme_images.Translation.of(one)
    digest = loaded_models.weights_digest(run)
    keys = picture.digest, digest, str(run.path), ("", one.scored_classes)
    shown = extreme_images._strip(*keys, item, run, classes, Everything(), None)
    found = predictions.predict.peek(picture, run)
    assert found is not None, "asked for the same picture"
    labels = found.labels
    assert labels.shape == sample.mask.shape
    np.testing.assert_array_equal(shown, strips.strip(sample.image, sample.mask, labels, run.label_space))
    assert (labels != sample.mask).any(), "else the test could not tell truth and prediction apart"
    size = round(sample.mask.shape[1] * strips.HEIGHT / sample.mask.shape[0]), strips.HEIGHT
    panels = [overlay(sample.image, plane, run.label_space, strips.OPACITY) for plane in (sample.mask, labels)]
    for position, panel in enumerate([sample.image, *panels]):
        left = position * (size[0] + strips.GAP)
        np.testing.assert_array_equal(
            shown[:, left : left + size[0], :3], cv2.resize(panel, size, interpolation=cv2.INTER_LINEAR)
        )


def test_a_strip_is_drawn_anew_for_other_masks_and_other_meanings_of_classes(prepared_data, tmp_path):
    run, samples = scored.make(tmp_path / "pets", epochs=1), store.open_split("oxford_iiit_pet", "val", prepared_data)
    stored = scored.evaluation_in_shared_classes({"pet": ("cat", "dog"), "background": ("boat",)}, "voc2012", 0.2)
    one = Scores("pets", run, "val", SplitScores.model_validate(stored))
    stored["classes"][0]["model_classes"] = ["background"]
    other = Scores("pets", run, "val", SplitScores.model_validate(stored))
    assert one.scored_classes == other.scored_classes
    masks = replace(samples, directory=tmp_path / "rebuilt")
    sources = [extreme_images._source(*each, None) for each in [(one, samples), (one, masks), (other, samples)]]
    assert len(set(sources)) == 3


def test_worst_and_best_images(two):
    images = two[0].images.copy()
    images.loc[0, "miou"] = math.nan
    worst = extreme_images.ranked(images, extreme_images.WORST, 3)
    best = extreme_images.ranked(images, extreme_images.BEST, 3)
    assert [one.miou for one in worst] == sorted(images["miou"].dropna())[:3]
    assert [one.miou for one in best] == sorted(images["miou"].dropna(), reverse=True)[:3]
    assert worst[0].id in worst[0].caption


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


def test_pictures_of_another_dataset_are_shown_in_the_shared_classes(tmp_path):
    run = scored.make(tmp_path / "pets", epochs=1)
    stored = scored.evaluation_in_shared_classes({"pet": ("cat", "dog"), "background": ("boat",)}, "voc2012", 0.2)
    shown = extreme_images.Translation.of(Scores("pets", run, "val", SplitScores.model_validate(stored)))
    assert shown.space.names[:3] == ("pet", "background", "other classes of the model")
    assert shown.space.void == 3
    voc = datasets.get("voc2012").label_space
    truth = [shown.truth[voc.id_of(name)] for name in ("cat", "dog", "boat", "sofa", "void")]
    assert truth == [0, 0, 1, 3, 3], "what is no shared class is not scored"
    assert shown.predicted[[0, 1, 2]].tolist() == [0, 1, 2], "a border is another class of the model"
