"""COCO's outlines and run lengths, against pycocotools' own reading and against a rule written out here."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from configs.errors import UserError
from data import formats
from data.dataset import Pair
from data.formats.shared import text_files
from data.formats.shared.tree import scan
from tests.data.formats import making
from tests.data.formats.making import HEIGHT, MAKERS, SIZE, WIDTH, square

coco = formats.get("coco")
BOX = making.with_box(making.blank(), "x", 6, 1, 20, 9) == "x"


def write(folder: Path, objects: list[dict[str, Any]], **others: Any) -> Path:
    """Write a folder with one picture; every annotation gets what it lacks."""
    making.image(folder / "a.jpg")
    common = {"image_id": 1, "category_id": 5, "iscrowd": 0, "bbox": [0, 0, 1, 1], "area": 1}
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": HEIGHT, "width": WIDTH}],
        "annotations": [common | {"id": number} | one for number, one in enumerate(objects)],
        "categories": [{"id": 5, "name": "cat"}, {"id": 9, "name": "dog"}, {"id": 90, "name": "cow"}],
    }
    making.dump(content | others, folder / "instances.json")
    return folder / "instances.json"


def read(folder: Path) -> np.ndarray:
    """Return the category of each pixel of the only picture, 0 where there is none."""
    (pair,) = coco.listing(scan(folder)).pairs
    labels = coco.read(pair, SIZE, None)
    return np.array([value or 0 for value in labels.values])[labels.codes]


def run_lengths(mask: np.ndarray) -> list[int]:
    """Return the lengths of the runs of equal pixels, column by column, that of zeros first."""
    lengths, last = [0], 0
    for value in mask.T.ravel():
        if value != last:
            lengths.append(0)
            last = value
        lengths[-1] += 1
    return lengths


def compressed(mask: np.ndarray) -> str:
    return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()


RANDOM = np.random.default_rng(4).random(SIZE) < 0.3


@pytest.mark.parametrize("mask", [BOX, RANDOM, ~RANDOM, np.zeros(SIZE, bool), np.ones(SIZE, bool)])
@pytest.mark.parametrize("code", [run_lengths, compressed])
@pytest.mark.parametrize("crowd", [0, 1])
def test_run_lengths_of_both_kinds(tmp_path, mask, code, crowd):
    write(tmp_path, [{"segmentation": {"size": [HEIGHT, WIDTH], "counts": code(mask)}, "iscrowd": crowd}])
    np.testing.assert_array_equal(read(tmp_path) == 5, mask)


def test_outlines_are_drawn_as_coco_draws_them(tmp_path):
    """A square from 3 to 13 has 10 columns, and two outlines are joined, also where one is inside the other."""
    square_only: list[dict[str, Any]] = [{"segmentation": [square(3, 2, 13, 12)]}]
    write(tmp_path, square_only)
    assert (read(tmp_path) == 5).sum() == 100
    write(tmp_path, [{"segmentation": [square(2, 2, 14, 14), square(5, 5, 9, 9)]}])
    assert (read(tmp_path) == 5).sum() == 144
    rng = np.random.default_rng(1)
    outlines = [[float(number) for number in rng.uniform(-5, 30, 2 * corners)] for corners in (3, 5, 8)]
    file = write(tmp_path, [{"segmentation": [outline]} for outline in outlines[:1]] + [{"segmentation": outlines[1:]}])
    official = COCO(str(file))
    either = np.any([official.annToMask(one) for one in official.anns.values()], axis=0)
    np.testing.assert_array_equal(read(tmp_path) == 5, either)


def test_the_smaller_object_lies_on_top_in_whatever_order_they_are(tmp_path):
    small: dict[str, Any] = {"segmentation": [square(4, 4, 8, 8)]}
    large: dict[str, Any] = {"segmentation": [square(2, 2, 12, 12)], "category_id": 9}
    crowd: dict[str, Any] = {
        "segmentation": {"size": [HEIGHT, WIDTH], "counts": compressed(BOX)},
        "category_id": 90,
        "iscrowd": 1,
    }
    for order in ([small, large, crowd], [crowd, large, small], [large, crowd, small]):
        write(tmp_path, order)
        found = read(tmp_path)
        assert (found == 5).sum() == 16
        assert (found == 9).sum() == 100 - 16
        outside = BOX.copy()
        outside[2:12, 2:12] = False
        np.testing.assert_array_equal(found == 90, outside)


def test_an_object_without_outline_is_counted_and_left_out(tmp_path):
    write(
        tmp_path, [{"segmentation": []}, {}, {"segmentation": [[1, 1, 5, 5]]}, {"segmentation": [square(4, 4, 8, 8)]}]
    )
    listing = coco.listing(scan(tmp_path))
    assert ["2 objects" in note for note in listing.notes] == [True]
    assert (read(tmp_path) == 5).sum() == 16


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [10, 20]}}, ["annotation 0", "30", "384"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [-16, 400]}}, ["annotation 0"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [0, 10**15]}}, ["annotation 0"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "PPPPPPP~~"}}, ["annotation 0"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "oooooooooooo"}}, ["annotation 0"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "0é"}}, ["annotation 0"]),
        ({"segmentation": {"size": [WIDTH, HEIGHT], "counts": compressed(BOX)}}, ["annotation 0", "[24, 16]"]),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": None}}, ["annotation 0", "counts"]),
        ({"segmentation": [[1, 2, 3, 4, 5]]}, ["annotation 0"]),
        ({"segmentation": [["a", "b", "c", "d", "e", "f"]]}, ["annotation 0"]),
        ({"segmentation": [[0, 0, 1e9, 0, 0, 1e9]]}, ["annotation 0", "96"]),
        ({"segmentation": [[0, 0, float("nan"), 0, 0, 5]]}, ["JSON"]),
        ({"segmentation": [[0, 0, 10**400, 0, 0, 5]]}, ["annotation 0"]),
        ({"segmentation": [[0, 0, True, 0, 0, 5]]}, ["annotation 0"]),
        ({"segmentation": "abc"}, ["annotation 0"]),
        ({"segmentation": [square(1, 1, 5, 5)], "category_id": 6}, ["annotation 0", "category 6"]),
        ({"segmentation": [square(1, 1, 5, 5)], "image_id": 2}, ["annotation 0", "image 2"]),
        ({"segmentation": [square(1, 1, 5, 5)], "image_id": [1]}, ["annotation 0", "image_id"]),
    ],
)
def test_a_broken_annotation_is_named(tmp_path, annotation, words):
    write(tmp_path, [annotation])
    with pytest.raises(UserError) as error:
        read(tmp_path)
    assert all(word in str(error.value) for word in ["instances.json", *words]), error.value


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"images": [{"id": 1, "file_name": "../a.jpg", "height": 16, "width": 24}]}, ["'../a.jpg'", "outside"]),
        ({"images": [{"id": 1, "file_name": "/etc/passwd", "height": 16, "width": 24}]}, ["'/etc/passwd'"]),
        ({"images": [{"id": 1, "file_name": "C:\\a.jpg", "height": 16, "width": 24}]}, ["a.jpg"]),
        ({"images": [{"id": 1, "file_name": "a.jpg", "height": 0, "width": 24}]}, ["height", "image 1"]),
        ({"images": [{"id": 1, "file_name": 7, "height": 16, "width": 24}]}, ["file_name", "image 1"]),
        ({"images": {"id": 1}}, ["images"]),
        ({"images": [{"id": n, "file_name": "a.jpg", "height": 16, "width": 24} for n in (1, 2)]}, ["same file_name"]),
        ({"categories": [{"id": 5}]}, ["category 5"]),
        ({"categories": None}, ["categories"]),
        ({"annotations": [3]}, ["annotation"]),
    ],
)
def test_a_broken_file_is_named(tmp_path, others, words):
    write(tmp_path, [{"segmentation": [square(1, 1, 5, 5)]}], **others)
    with pytest.raises(UserError) as error:
        coco.listing(scan(tmp_path))
    assert all(word in str(error.value) for word in ["instances.json", *words]), error.value


def test_a_picture_of_another_size_is_named(tmp_path):
    write(tmp_path, [{"segmentation": [square(1, 1, 5, 5)]}])
    (pair,) = coco.listing(scan(tmp_path)).pairs
    with pytest.raises(UserError, match=r"a\.jpg.*24x16.*30x20"):
        coco.read(pair, (20, 30), None)


def test_pictures_and_names_without_a_partner_are_listed(tmp_path):
    images = [{"id": n, "file_name": name, "height": 16, "width": 24} for n, name in ((1, "a.jpg"), (2, "gone.jpg"))]
    write(tmp_path, [{"segmentation": [square(1, 1, 5, 5)]}], images=images)
    making.image(tmp_path / "other" / "extra.jpg")
    listing = coco.listing(scan(tmp_path))
    assert listing.without_mask == ["other/extra.jpg"]
    assert listing.without_picture == ["instances.json: gone.jpg"]


def test_the_file_is_parsed_once_for_all_pictures(tmp_path, monkeypatch):
    images = [{"id": n, "file_name": f"{n}.jpg", "height": 16, "width": 24} for n in range(1, 6)]
    for one in images:
        making.image(tmp_path / str(one["file_name"]))
    file = write(tmp_path, [{"segmentation": [square(1, 1, 5, 5)], "image_id": n} for n in range(1, 6)], images=images)
    reads = []

    def counted(path: Path, kind: type) -> object:
        reads.append(path)
        return text_files.decode_json(path, kind)

    monkeypatch.setattr(coco, "decode_json", counted)
    listing = coco.listing(scan(tmp_path))
    table = coco.class_table(scan(tmp_path), listing)
    assert [int((coco.read(pair, SIZE, table).codes > 0).sum()) for pair in listing.pairs] == [16] * 5
    assert reads == [file]
    content = json.loads(file.read_text())
    content["annotations"] = []
    making.dump(content, file)
    assert [int((coco.read(pair, SIZE, table).codes > 0).sum()) for pair in listing.pairs] == [0] * 5


def test_boxes_are_those_of_the_visible_objects_that_are_no_crowd(tmp_path):
    """Two cats that touch stay two; one under a dog has no box, nor has what lies outside of the picture."""
    write(
        tmp_path,
        [
            {"segmentation": [square(2, 2, 6, 6)]},
            {"segmentation": [square(6, 2, 10, 6)]},
            {"segmentation": [square(12, 3, 14, 5)]},
            {"segmentation": {"size": [HEIGHT, WIDTH], "counts": compressed(BOX)}, "category_id": 90, "iscrowd": 1},
            {"segmentation": [square(12, 3, 14, 5)], "category_id": 9},
            {"segmentation": [square(-9, 2, -4, 6)]},
        ],
    )
    (pair,) = coco.listing(scan(tmp_path)).pairs
    labels = coco.read(pair, SIZE, None)
    assert sorted(labels.visible()) == [(5, (2, 2, 4, 4)), (5, (6, 2, 4, 4)), (9, (12, 3, 2, 2))]
    assert labels.pixels()[5] == 32


def test_a_large_file_takes_little_more_memory_than_its_size(tmp_path):
    rng = np.random.default_rng(1)
    outlines = [[rng.uniform(0, 16, 100).round(2).tolist()] for _ in range(50)]
    file = write(tmp_path, [{"segmentation": outlines[number % 50]} for number in range(10_000)])
    size = file.stat().st_size
    assert size > 5_000_000
    tracemalloc.start()
    try:
        listing = coco.listing(scan(tmp_path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(listing.pairs) == 1
    assert peak < 2 * size


@pytest.mark.parametrize("format_", ["coco", "coco-panoptic"])
@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace(", ", " ,\r\n")])
def test_every_spelling_of_json_is_read(tmp_path, format_, change):
    MAKERS[format_](tmp_path)
    before = formats.get(format_).listing(scan(tmp_path))
    for file in tmp_path.rglob("*.json"):
        file.write_text(change(file.read_text()), encoding="utf-8", newline="")
    assert formats.get(format_).listing(scan(tmp_path)) == before


@pytest.mark.parametrize("format_", ["coco", "coco-panoptic"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: text[:-1] + ', "deep": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}",
        lambda text: text.replace('"height"', '"height": NaN, "other"'),
        lambda text: text.replace('"annotations": [', '"annotations": [[],'),
        lambda text: text.replace('"categories"', '"others"'),
    ],
    ids=["cut", "deep", "NaN", "a list", "no categories"],
)
def test_a_file_that_is_not_coco_json_is_named(tmp_path, format_, change):
    MAKERS[format_](tmp_path)
    for file in tmp_path.rglob("*_val2017.json"):
        file.write_text(change(file.read_text()))
    with pytest.raises(UserError, match=r"_val2017\.json: is not"):
        formats.get(format_).listing(scan(tmp_path))


def test_stuff_covers_everything_that_is_not_void(tmp_path):
    file = write(tmp_path, [{"segmentation": [square(1, 1, 5, 5)], "category_id": 90}])
    file.rename(tmp_path / "stuff_train2017.json")
    table = coco.class_table(scan(tmp_path), coco.listing(scan(tmp_path)))
    assert table
    assert ([one.name for one in table.classes], table.void, table.uncovered) == (
        ["cat", "dog", "cow", "void"],
        "void",
        "void",
    )
    assert table.stuff == ("cat", "dog", "cow")


def test_two_files_for_one_split_are_refused(tmp_path):
    for name in ("old.json", "new.json"):
        write(tmp_path, []).rename(tmp_path / name)
    with pytest.raises(UserError, match=r"new\.json and old\.json"):
        coco.listing(scan(tmp_path))


def test_roboflow_keeps_the_file_beside_its_pictures(tmp_path):
    for split in ("train", "valid"):
        write(tmp_path / split, []).rename(tmp_path / split / "_annotations.coco.json")
    listing = coco.listing(scan(tmp_path))
    assert {split: [pair.image.parent.name for pair in pairs] for split, pairs in listing.splits.items()} == {
        "train": ["train"],
        "val": ["valid"],
    }
    assert isinstance(listing.pairs[0], Pair)


def test_a_category_of_any_case_is_the_background(tmp_path):
    write(tmp_path, [], categories=[{"id": 0, "name": "Background"}, {"id": 5, "name": "cat"}])
    tree = scan(tmp_path)
    table = coco.class_table(tree, coco.listing(tree))
    assert table is not None
    assert [one.name for one in table.classes] == ["Background", "cat"]
    assert table.uncovered == "Background"
