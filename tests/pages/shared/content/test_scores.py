"""Evaluations: read, checked, compared."""

import json
import math
from dataclasses import replace
from operator import itemgetter

import numpy as np
import pytest

from configs.files import sha256
from data import datasets
from models.metrics.segmentation import iou
from models.runs import registry
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from pages.shared.content import scores
from pages.shared.content.run_names import runs_by_name
from tests.facts import mentions
from tests.pages import scored
from train.evaluation import report

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
    assert mentions(scores.remark_on_images([two[0], other]), "No two")
    assert scores.remark_on_images([*two, replace(other, name="other")]).endswith("these compare: good, bad.")


def test_only_scores_in_the_same_classes_are_in_one_group(two, folder):
    def on_voc(name, classes):
        stored = SplitScores.model_validate(scored.evaluation_in_shared_classes(classes, "voc2012", 0.2))
        return replace(two[0], name=name, stored=stored)

    narrow, wide = ("cat",), ("cat", "dog")
    shown = [
        on_voc("a", {"pet": narrow, "rest": ("background",)}),
        two[0],
        on_voc("b", {"pet": wide, "rest": ("background",)}),
        on_voc("c", {"pet": narrow, "rest": ("background",)}),
        on_voc("d", {"pet": narrow, "boat": ("boat",)}),
    ]
    groups = {name: [one.name for one in members] for name, members in scores.by_classes(shown).items()}
    assert groups == {
        "All classes": ["good"],
        "pet and rest": ["a", "c"],
        "pet and rest (2)": ["b"],
        "pet and boat": ["d"],
    }


def test_scores_on_another_dataset_belong_to_it(tmp_path):
    on_voc = scored.evaluation_in_shared_classes({"pet": ("cat",), "rest": ("background",)}, "voc2012", 0.2)
    run = scored.make(tmp_path / "pets", epochs=1, scores={"voc2012/val": on_voc})
    (one,), problems = scores.read({"pets": run})
    assert problems == []
    assert (one.dataset, one.split, one.dataset_title) == ("voc2012", "val", datasets.get("voc2012").title)
    assert not one.is_own
    assert [entry.name for entry in one.shared] == ["pet", "rest"]
    assert scores.of([one], "voc2012", "val") == [one]
    assert scores.of([one], "oxford_iiit_pet", "val") == []


def test_a_published_model_has_the_scores_computed_here_as_well(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    pets = datasets.get("oxford_iiit_pet").label_space
    known = {"val": scored.evaluation(pets, 0.3), "test": scored.evaluation(pets, 0.3)}
    local = scored.make(tmp_path / "zoo" / "pets", epochs=1, scores=known)
    run = Run(local.path, published=True)
    before = (run.path / "evaluation.json").read_bytes()
    on_voc = scored.evaluation_in_shared_classes({"pet": ("cat",), "rest": ("background",)}, "voc2012", 0.2)
    here = {"val": scored.evaluation(pets, 0.1), "voc2012/val": on_voc, "voc2012/train": dict(on_voc)}
    for split in here.values():
        split["weights"] = sha256(run.weights)
    here["voc2012/train"]["weights"] = "0" * 64
    run.scores_file.parent.mkdir(parents=True)
    run.scores_file.write_text(report.to_json({"schema": 1, **here}))
    assert run.scores_file.is_relative_to(tmp_path / "runs")
    found, (problem,) = scores.read({"pets": run})
    by_key = {(one.dataset, one.split): one.summary["miou"] for one in found}
    assert by_key == {
        ("oxford_iiit_pet", "val"): here["val"]["miou"],
        ("oxford_iiit_pet", "test"): known["test"]["miou"],
        ("voc2012", "val"): on_voc["miou"],
    }
    assert mentions(problem, "pets", "voc2012/train", "python -m train.evaluate pets", "--dataset voc2012")
    assert (run.path / "evaluation.json").read_bytes() == before
    assert not [path for path, _ in registry.invalid_models() if ".scores" in path.parts], "it is no model"


def test_the_tables_are_kept_until_the_file_changes(no_models):
    scored.two_models(no_models, ABSENT)
    first, second = (scores.read(runs_by_name(registry.models()))[0] for _ in range(2))
    assert first[0] is not second[0]
    assert first[0].images is second[0].images
    assert first[0].counts is second[0].counts
    assert first[0].counts is not first[1].counts
    file = no_models / "bad" / "evaluation.json"
    file.write_text(file.read_text().replace("picture_000", "picture_999"))
    (changed,) = [one for one in scores.read(runs_by_name(registry.models()))[0] if one.name == "bad"]
    assert "picture_999" in changed.counts.ids


def test_the_worst_classes_are_those_found_image_by_image(two):
    one = two[0]
    for row, ious in zip(one.images.itertuples(), iou(*one.counts.counts), strict=True):
        shown = [pair for pair in zip(ious, one.counts.classes, strict=True) if not math.isnan(pair[0])]
        assert (row.worst_iou, row.worst) == min(shown, key=itemgetter(0))
