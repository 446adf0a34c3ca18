"""Evaluations: read, checked, compared."""

import json
from dataclasses import replace

import numpy as np
import pytest

from data import datasets
from pages.shared.content import scores
from tests.pages import scored

VOC = datasets.get("voc2012").label_space
ABSENT = ("boat", "sofa")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def two(folder):
    return scored.two_models(folder, ABSENT)


def test_scores_are_those_in_the_file(two, folder):
    content = json.loads((folder / "good" / "evaluation.json").read_text())["val"]
    good = two[0]
    assert good.summary["miou"] == content["miou"]
    assert good.confusion.tolist() == content["confusion"]
    assert good.images["miou"].tolist() == [image["miou"] for image in content["per_image"]]
    absent = good.classes.set_index("name").loc[list(ABSENT)]
    assert absent["iou"].isna().all()
    assert [one.name for one in scores.of(two[::-1], "voc2012", "val")] == ["good", "bad"]
    assert scores.of(two, "voc2012", "test") == []
    assert scores.datasets(two) == {"voc2012": datasets.get("voc2012").title}


def test_the_worst_class_of_an_image_is_one_it_shows(two):
    good = two[0]
    for row, counts in zip(good.images.itertuples(), np.moveaxis(good.counts.counts, 1, 0), strict=True):
        position = good.counts.classes.index(row.worst)
        hits, alarms, misses = counts[:, position]
        assert hits + misses > 0
        assert row.worst_iou == pytest.approx(hits / (hits + alarms + misses))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "no json", "invalid JSON"),
        (lambda text: text[:2000], "invalid JSON"),
        (lambda text: json.dumps({"schema": 1, "val": {"miou": 0.5}}), "incomplete"),
        (lambda text: text.replace('"tp"', '"hits"'), "per_image.0.tp"),
        (lambda text: text.replace('"detection": null', '"detection": 3'), "detection"),
        (lambda text: text.replace('"miou": 0.', '"miou": 7.', 1), "miou"),
        (lambda text: text.replace('"weights": "', '"weights": "0'), "other weights now"),
    ],
)
def test_an_evaluation_that_cannot_be_used_is_named(tmp_path, folder, two, damage, words):
    run = scored.make(tmp_path / "good", "voc_mobilenetv2_pix2pix.yaml", epochs=1)
    (run.path / "evaluation.json").write_text(damage((folder / "good" / "evaluation.json").read_text()))
    found, problems = scores.read({"good": run})
    assert found == []
    (problem,) = problems
    assert words in problem
    assert "good" in problem
    assert "python -m train.evaluate" in problem


def test_groups_of_different_images_are_listed(two):
    stored = two[1].stored
    images = stored.images.model_copy(update={"digest": "other"})
    other = replace(two[1], stored=stored.model_copy(update={"images": images}))
    assert scores.remark_on_images(two) == ""
    assert scores.remark_on_images([two[0], other]).endswith("good; bad.")
