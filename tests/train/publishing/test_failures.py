import shutil

import pytest

from configs.paths import ROOT
from models.runs.run import Run
from train.publishing import failures

CLASSES = ("background", "cat", "dog", "boat")
CONFUSION = [[900, 50, 50, 0], [10, 70, 20, 0], [0, 60, 140, 0], [0, 0, 0, 0]]


def result(**changes):
    content = {
        "classes": [
            {"name": name, "iou": iou, "accuracy": None, "pixels": sum(row)}
            for name, iou, row in zip(CLASSES, [0.9, 0.35, 0.52, None], CONFUSION, strict=True)
        ],
        "confusion": CONFUSION,
        "per_image": [{"id": f"p{index}", "miou": miou} for index, miou in enumerate([0.5, None, 0.125, 0.9])],
        "training": training(background=100, cat=90, dog=80, boat=3),
    }
    return content | changes


def training(**pictures):
    classes = [{"name": name, "pictures": count, "pixels": 10 * count} for name, count in pictures.items()]
    return {"pictures": max(pictures.values()), "classes": classes}


@pytest.fixture
def run(tmp_path):
    shutil.copyfile(ROOT / "configs" / "voc_mobilenetv2_pix2pix.yaml", tmp_path / "config.yaml")
    return Run(tmp_path, published=False)


def lines(run, **changes):
    section = failures.section(run, "val", result(**changes), 7, {})
    assert section.startswith("## Known failures\n\n- ")
    return [line.removeprefix("- ") for line in section.splitlines() if line.startswith("- ")]


def test_what_is_said_follows_from_the_figures(run):
    assert lines(run) == [
        "Weakest on `val`: cat (IoU 0.350, in 90 training pictures), dog (IoU 0.520, in 80 training pictures).",
        (
            "Most confused: 30 % of the pixels of dog are taken for cat; 20 % of the pixels of cat are taken for dog; "
            "10 % of the pixels of cat are taken for background; 5 % of the pixels of background are taken for cat; "
            "5 % of the pixels of background are taken for dog."
        ),
        "Not in `val`, so nobody knows how well it finds them: boat.",
        "In fewer than 20 training pictures: boat (3).",
        "Worst pictures of `val`, by mIoU: `p2` (0.125), `p0` (0.500), `p3` (0.900).",
    ]


def test_a_handful_of_common_objects_is_told_plainly(run):
    counts = training(background=1000, cat=500, dog=400, boat=120, bus=30, sofa=40, sheep=60)
    (told,) = [line for line in lines(run, training=counts) if "common" in line]
    assert told == (
        "**Only 3 of the 6 objects were common in the 1,000 training pictures**: cat (500), dog (400), boat (120). "
        "Each of the other 3 is in 60 of them at most, so expect little of it. The same command trains on all of "
        "PASCAL VOC 2012 where its files are in the data folder."
    )
    even = training(background=1000, cat=50, dog=40, boat=30, bus=30, sofa=40, sheep=9)
    assert not [line for line in lines(run, training=even) if "common" in line]


def test_only_what_can_be_counted_is_an_object(run):
    """Of a street scene, sky and road are in every picture, and are no objects."""
    shutil.copyfile(ROOT / "configs" / "camvid_unet.yaml", run.path / "config.yaml")
    counts = training(sky=1000, road=1000, car=500, pole=10, sign=10, pedestrian=5, bicyclist=5)
    (told,) = [line for line in lines(run, training=counts) if "common" in line]
    assert told.startswith("**Only 1 of the 5 objects was common in the 1,000 training pictures**: car (500). ")


def test_without_counts_of_the_training_pictures_nothing_is_said_of_them(run):
    told = lines(run, training=None)
    assert told[0] == "Weakest on `val`: cat (IoU 0.350), dog (IoU 0.520)."
    assert not [line for line in told if "training" in line]


def test_a_perfect_model_has_no_failures(run):
    classes = [{"name": name, "iou": 1.0, "pixels": 10} for name in CLASSES[:1]]
    assert failures.section(run, "val", {"classes": classes, "confusion": [[10]], "per_image": []}, None, {}) == ""


def test_the_worst_label_map_that_is_kept_is_shown(run):
    for ident in ("p0", "p3", "unknown"):
        (run.previews / f"val_{ident}").mkdir(parents=True)
        (run.previews / f"val_{ident}" / "0007.png").touch()
    section = failures.section(run, "val", result(), 7, {})
    assert section.endswith("as it was in epoch 7:\n\n![Label map of p0](previews/val_p0/0007.png)")
    assert "![" not in failures.section(run, "val", result(), 8, {})


def test_classes_that_are_never_found_are_all_named(run):
    classes = [
        {"name": name, "iou": iou, "pixels": 10} for name, iou in zip(CLASSES, [0.9, 0.049, 0.05, None], strict=True)
    ]
    told = lines(run, classes=classes, training=training(cat=1, dog=2))
    assert told[:2] == [
        "Weakest on `val`: cat (IoU 0.049, in 1 training picture), dog (IoU 0.050, in 2 training pictures).",
        "As good as never found on `val` (IoU below 0.05): cat.",
    ]


def test_what_is_found_in_pictures_of_other_things(run):
    shares = {
        "a flower": {"background": 0.951, "cat": 0.049, "dog": 0.0, "boat": 0.0},
        "a cup of coffee": {"background": 0.3, "cat": 0.2, "dog": 0.05, "boat": 0.45},
    }
    section = failures.section(run, "val", result(), None, shares)
    assert section.splitlines()[-1] == (
        "- In photographs of other things, which scikit-image and scikit-learn ship, it finds by share of the pixels: "
        "a flower: nothing; a cup of coffee: boat 45 %, cat 20 %."
    )
