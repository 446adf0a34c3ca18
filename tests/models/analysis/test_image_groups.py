"""Scores by breed or video, and by how often the classes were seen in training."""

import numpy as np
import pytest

from data import datasets
from models.analysis import image_groups
from models.runs.evaluation import SplitScores

PETS = datasets.get("oxford_iiit_pet")
RNG = np.random.default_rng(2)


def scores(ids: list[str], pictures: list[int] | None = None, classes: int = 3) -> SplitScores:
    """Return the scores of images with random counts, of classes with an IoU of a hundredth of their number."""
    names = [f"class {number}" for number in range(classes)]
    content = {
        "images": {"digest": "ab", "count": len(ids)},
        "classes": [{"name": name, "iou": number / 100, "pixels": 10} for number, name in enumerate(names)],
        "per_image": [
            {"id": ident, "miou": 0.5}
            | dict(zip(("tp", "fp", "fn"), RNG.integers(0, 100, (3, classes)).tolist(), strict=True))
            for ident in ids
        ],
    }
    if pictures is not None:
        counted = [{"name": name, "pictures": count, "pixels": 9} for name, count in zip(names, pictures, strict=True)]
        content["training"] = {"pictures": max(pictures), "classes": counted}
    return SplitScores.model_validate(content)


def miou(split: SplitScores, chosen: list[str]) -> float:
    """Pool the counts of some images by a plain loop."""
    found = []
    for class_id in range(len(split.classes)):
        tp, fp, fn = (
            sum(getattr(one, kind)[class_id] for one in split.per_image if one.id in chosen)
            for kind in ("tp", "fp", "fn")
        )
        if tp + fn:
            found.append(tp / (tp + fp + fn))
    return sum(found) / len(found)


def test_breeds_are_scored_apart_and_rare_ones_together():
    common = [f"Maine_Coon_{number}" for number in range(12)]
    other = [f"boxer_{number}" for number in range(10)]
    rare = [f"Sphynx_{number}" for number in range(9)] + ["pug_1"]
    split = scores([*rare[:4], *common, *rare[4:], *other])
    rows = image_groups.by_group(split, PETS)["Breed"]
    assert {row.name: row.size for row in rows} == {
        "Maine Coon": 12,
        "boxer": 10,
        "2 breeds with fewer than 10 images each": 10,
    }
    expected = {"Maine Coon": common, "boxer": other, "2 breeds with fewer than 10 images each": rare}
    for row in rows:
        assert row.miou == pytest.approx(miou(split, expected[row.name]))
    assert [row.miou for row in rows] == sorted(row.miou for row in rows)


def test_a_single_rare_breed_keeps_its_name_and_one_group_is_none():
    ids = [f"boxer_{number}" for number in range(10)]
    assert {row.name for row in image_groups.by_group(scores([*ids, "pug_1"]), PETS)["Breed"]} == {"boxer", "pug"}
    assert image_groups.by_group(scores(ids), PETS) == {}


def test_streets_are_grouped_by_their_video():
    ids = [f"{video}_{frame:05}" for video in ("0016E5", "Seq05VD") for frame in range(11)]
    rows = image_groups.by_group(scores(ids), datasets.get("camvid"))["Sequence"]
    assert {row.name: row.size for row in rows} == {"0016E5": 11, "Seq05VD": 11}


def test_classes_are_scored_by_how_many_training_pictures_show_them():
    split = scores(["a"], pictures=[900, 5, 40, 7, 1200, 41], classes=6)
    rows = image_groups.by_training_pictures(split)
    assert [(row.name, row.size) for row in rows] == [
        ("in 5 to 7 training pictures", 2),
        ("in 40 to 41 training pictures", 2),
        ("in 900 to 1,200 training pictures", 2),
    ]
    assert [row.miou for row in rows] == pytest.approx([0.02, 0.035, 0.02])
    assert image_groups.by_training_pictures(scores(["a"], classes=6)) == [], "not counted"
    assert image_groups.by_training_pictures(scores(["a"], pictures=[1, 2, 3])) == [], "too few classes"
