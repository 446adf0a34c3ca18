import shutil
from dataclasses import fields
from typing import Any

import pytest

from configs.paths import ROOT
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from train.publishing import failures
from train.publishing.failures import Failures, Imbalance

CLASSES = ("background", "cat", "dog", "boat")
CONFUSION = [[900, 50, 50, 0], [10, 70, 20, 0], [0, 60, 140, 0], [0, 0, 0, 0]]


def scores(**changes: Any) -> SplitScores:
    counts = {key: [0] * len(CLASSES) for key in ("tp", "fp", "fn")}
    content = {
        "classes": classes(0.9, 0.35, 0.52, None),
        "confusion": CONFUSION,
        "per_image": [
            {"id": f"p{index}", "miou": miou, **counts} for index, miou in enumerate([0.5, None, 0.125, 0.9])
        ],
        "training": training(background=100, cat=90, dog=80, boat=3),
    }
    return SplitScores.model_validate(content | changes)


def classes(*ious: float | None) -> list[dict[str, Any]]:
    return [{"name": name, "iou": iou, "pixels": 10} for name, iou in zip(CLASSES, ious, strict=True)]


def training(**pictures: int) -> dict[str, Any]:
    entries = [{"name": name, "pictures": count, "pixels": 10 * count} for name, count in pictures.items()]
    return {"pictures": max(pictures.values()), "classes": entries}


@pytest.fixture
def run(tmp_path):
    shutil.copyfile(ROOT / "configs" / "voc_mobilenetv2_pix2pix.yaml", tmp_path / "config.yaml")
    return Run(tmp_path, published=False)


def find(run: Run, **changes: Any) -> Failures:
    return failures.find(run, "val", scores(**changes), 7, {})


def test_failures_follow_from_the_scores(run):
    found = find(run)
    assert [(entry.name, entry.iou) for entry in found.weakest] == [("cat", 0.35), ("dog", 0.52)]
    assert found.trained == {"background": 100, "cat": 90, "dog": 80, "boat": 3}
    assert found.confusions == [
        ("dog", "cat", 0.3), ("cat", "dog", 0.2), ("cat", "background", 0.1),
        ("background", "cat", 0.05), ("background", "dog", 0.05),
    ]  # fmt: skip
    assert found.never_found == []
    assert found.absent == ["boat"]
    assert found.rare == {"boat": 3}
    assert [(image.id, image.miou) for image in found.worst_images] == [("p2", 0.125), ("p0", 0.5), ("p3", 0.9)]
    assert found.worst_preview is None
    assert found.any


def test_an_imbalance_counts_the_common_objects(run):
    counts = training(background=1000, cat=500, dog=400, boat=120, bus=30, sofa=40, sheep=60)
    common = {"cat": 500, "dog": 400, "boat": 120}
    assert find(run, training=counts).imbalance == Imbalance(6, common, most_of_others=60, pictures=1000)
    even = training(background=1000, cat=50, dog=40, boat=30, bus=30, sofa=40, sheep=9)
    assert find(run, training=even).imbalance is None


def test_only_classes_that_can_be_counted_are_objects(run):
    """In street scenes, sky and road are in every picture but are not objects."""
    shutil.copyfile(ROOT / "configs" / "camvid_unet.yaml", run.path / "config.yaml")
    counts = training(sky=1000, road=1000, car=500, pole=10, sign=10, pedestrian=5, bicyclist=5)
    assert find(run, training=counts).imbalance == Imbalance(5, {"car": 500}, most_of_others=10, pictures=1000)


def test_without_training_statistics_nothing_is_derived_from_them(run):
    found = find(run, training=None)
    assert len(found.weakest) == 2
    assert (found.trained, found.rare, found.imbalance) == ({}, {}, None)


def test_a_perfect_model_has_no_failures(run):
    perfect = {"classes": classes(1.0, None, None, None)[:1], "confusion": [[10]], "per_image": []}
    found = failures.find(run, "val", SplitScores.model_validate(perfect), None, {})
    assert not found.any
    empty = {field.name: getattr(found, field.name) for field in fields(found) if "below" not in field.name}
    assert not any(empty.values())


def test_the_worst_stored_label_map_is_found(run):
    for image_id in ("p0", "p3", "unknown"):
        (run.previews / f"val_{image_id}").mkdir(parents=True)
        (run.previews / f"val_{image_id}" / "0007.png").touch()
    worst = failures.find(run, "val", scores(), 7, {}).worst_preview
    assert worst is not None
    assert worst.id == "p0"
    assert failures.find(run, "val", scores(), 8, {}).worst_preview is None


def test_classes_that_are_never_found_are_all_listed(run):
    found = find(run, classes=classes(0.9, 0.049, 0.05, None))
    assert [(entry.name, entry.iou) for entry in found.weakest] == [("cat", 0.049), ("dog", 0.05)]
    assert found.never_found == ["cat"]


def test_out_of_distribution_pictures_list_their_largest_classes(run):
    shares = {
        "a flower": {"background": 0.951, "cat": 0.049, "dog": 0.0, "boat": 0.0},
        "a cup of coffee": {"background": 0.3, "cat": 0.2, "dog": 0.05, "boat": 0.45},
    }
    found = failures.find(run, "val", scores(), None, shares).out_of_distribution
    assert found == {"a flower": {}, "a cup of coffee": {"boat": 0.45, "cat": 0.2}}
    assert list(found["a cup of coffee"]) == ["boat", "cat"]
