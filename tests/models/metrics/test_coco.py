"""Objects as COCO JSON, read back by pycocotools and by a decoder of our own."""

import json

import numpy as np
import pycocotools.mask
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pycocotools.coco import COCO

from data.label_space import LabelSpace
from models.metrics import coco
from models.metrics.regions import regions

SPACE = LabelSpace(("cat", "background", "dog", "void"), ("#0072b2", "#f0e442", "#d55e00", "#000000"), void=3)

indices = npst.arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 2))


def decoded(counts, size):
    """Read compressed run lengths: 6 bits a character, of which the highest says whether the number goes on."""
    lengths: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
            value, shift = 0, 0
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(size[::-1]).T


def box_of(mask):
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@given(indices, st.integers(1, 2))
def test_run_lengths_decode_to_the_mask_and_match_pycocotools(indices, value):
    mask = indices == value
    found = coco.run_lengths(indices, value, box_of(mask))
    assert np.array_equal(decoded(found["counts"], found["size"]), mask)
    assert np.array_equal(pycocotools.mask.decode(found), mask)
    expected = pycocotools.mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert found == {"size": expected["size"], "counts": expected["counts"].decode()}


@pytest.mark.parametrize(
    ("rows", "box"),
    [
        (["1"], (0, 0, 1, 1)),
        (["11", "11"], (0, 0, 2, 2)),
        (["011", "011"], (1, 0, 2, 2)),
        (["110", "100"], (0, 0, 2, 2)),
        (["1" + "0" * 500] * 300, (0, 0, 1, 300)),
    ],
    ids=["one pixel", "all", "to the last pixel", "over the end of a column", "long runs"],
)
def test_edges_of_run_lengths(rows, box):
    mask = np.array([[int(digit) for digit in row] for row in rows], np.int32)
    found = coco.run_lengths(mask, 1, box)
    assert np.array_equal(decoded(found["counts"], found["size"]), mask == 1)
    assert np.array_equal(pycocotools.mask.decode(found), mask)


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 2)))
def test_objects_have_the_masks_boxes_and_areas_of_their_regions(labels):
    confidence = np.arange(labels.size).reshape(labels.shape).astype(np.uint8)
    found, indices = regions(labels, confidence, SPACE, smallest=0.01)
    document = json.loads(json.dumps(coco.document("a.jpg", found, indices, SPACE)))
    assert [entry["id"] for entry in document["annotations"]] == list(range(1, len(found) + 1))
    for region, entry in zip(found, document["annotations"], strict=True):
        mask = decoded(entry["segmentation"]["counts"], entry["segmentation"]["size"])
        assert np.array_equal(mask, indices == entry["id"])
        assert set(labels[mask]) == {entry["category_id"]} == {region.ident}
        assert tuple(entry["bbox"]) == box_of(mask)
        assert entry["area"] == mask.sum()
        assert entry["score"] == pytest.approx(confidence[mask].mean() / 255)


def test_pycocotools_loads_the_document(tmp_path):
    labels = np.ones((8, 10), np.uint8)
    labels[2:5, 3:7] = 2
    labels[:, 9] = 0
    found, indices = regions(labels, np.full_like(labels, 204), SPACE, smallest=0)
    (tmp_path / "objects.json").write_text(json.dumps(coco.document("a.jpg", found, indices, SPACE, "A test")))
    loaded = COCO(tmp_path / "objects.json")
    assert loaded.dataset["info"] == {"description": "A test"}
    assert loaded.loadImgs(1) == [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 8}]
    assert {entry["id"]: entry["name"] for entry in loaded.loadCats(loaded.getCatIds())} == {0: "cat", 2: "dog"}
    dog, cat = loaded.loadAnns(loaded.getAnnIds(imgIds=1, iscrowd=False))
    assert np.array_equal(loaded.annToMask(dog), labels == 2)
    assert np.array_equal(loaded.annToMask(cat), labels == 0)
    assert (dog["bbox"], dog["area"], dog["score"]) == ([3, 2, 4, 3], 12, pytest.approx(0.8))


def test_a_picture_without_objects():
    document = coco.document("a.jpg", [], np.zeros((4, 5), np.int32), SPACE)
    assert document["annotations"] == []
    assert document["images"][0]["width"] == 5
