"""The regions of a label map, against scikit-image and by their laws."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage
from skimage.measure import label, regionprops

from data import datasets, row_chunks
from data.label_space import LabelSpace
from models.metrics.regions import Region, regions

SPACE = LabelSpace(
    ("cat", "background", "dog", "fish", "void"), ("#000000", "#000001", "#000002", "#000003", "#000004"), void=4
)
OBJECTS = (0, 2, 3)
HALF = 128 / 255


def of(rows, smallest=0.0, confidence=128):
    labels = np.array(rows, np.uint8)
    return regions(labels, np.full(labels.shape, confidence, np.uint8), SPACE, smallest)


@pytest.mark.parametrize(
    ("rows", "smallest", "expected"),
    [
        ([[1, 1], [1, 1]], 0, []),
        ([[4, 4], [4, 4]], 0, []),
        ([[9, 1], [1, 1]], 0, []),
        ([[0, 0], [0, 0]], 1, [Region(0, (0, 0, 2, 2), 4, HALF)]),
        ([[2, 1], [1, 2]], 0, [Region(2, (0, 0, 2, 2), 2, HALF)]),
        ([[0, 1, 0], [1, 1, 1]], 0, [Region(0, (0, 0, 1, 1), 1, HALF), Region(0, (2, 0, 1, 1), 1, HALF)]),
        ([[3, 0, 2]], 0, [Region(0, (1, 0, 1, 1), 1, HALF), Region(2, (2, 0, 1, 1), 1, HALF),
                          Region(3, (0, 0, 1, 1), 1, HALF)]),
        ([[0, 1, 2, 2]], 0, [Region(2, (2, 0, 2, 1), 2, HALF), Region(0, (0, 0, 1, 1), 1, HALF)]),
        ([[0, 1, 2, 2]], 0.5, [Region(2, (2, 0, 2, 1), 2, HALF)]),
        ([[0, 1, 2, 2]], 0.51, []),
        ([[0, 0, 0], [0, 2, 0], [0, 0, 0]], 0, [Region(0, (0, 0, 3, 3), 8, HALF), Region(2, (1, 1, 1, 1), 1, HALF)]),
    ],
)  # fmt: skip
def test_by_hand(rows, smallest, expected):
    assert of(rows, smallest)[0] == expected


def test_the_confidence_is_the_mean_over_the_region():
    labels = np.array([[0, 0, 1, 2]], np.uint8)
    found, _ = regions(labels, np.array([[255, 153, 0, 51]], np.uint8), SPACE, 0)
    assert [one.confidence for one in found] == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize("part", [0.0007, 0.0011, 0.3, 0.7])
def test_a_region_of_exactly_the_least_area_is_kept(part):
    labels = np.full((100, 100), 1, np.uint8)
    labels.ravel()[: round(part * 10_000)] = 0  # whole rows and a part of the next: one region
    assert len(regions(labels, labels, SPACE, part)[0]) == 1
    assert regions(labels, labels, SPACE, part + 1e-4)[0] == []


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 2\) and confidence \(2, 3\)"):
        regions(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), SPACE, 0)


shapes = arrays.array_shapes(min_dims=2, max_dims=2, max_side=20) | st.tuples(st.integers(65, 400), st.integers(1, 3))
maps = arrays.arrays(np.uint8, shapes, elements=st.integers(0, 4), fill=st.nothing())


@given(maps, st.sampled_from([0, 0.01, 0.1, 0.5]), st.integers(0, 2**32 - 1))
def test_it_agrees_with_scikit_image(labels, smallest, seed):
    confidence = np.random.default_rng(seed).integers(0, 256, labels.shape, np.uint8)
    expected = set()
    for ident in OBJECTS:
        for one in regionprops(label(labels == ident, connectivity=2), intensity_image=confidence):
            top, left, bottom, right = one.bbox
            if one.area >= smallest * labels.size:
                box = (left, top, right - left, bottom - top)
                expected.add((ident, box, int(one.area), round(float(one.intensity_mean) / 255, 9)))
    found, index = regions(labels, confidence, SPACE, smallest)
    assert {(one.ident, one.box, one.area, round(one.confidence or 0, 9)) for one in found} == expected
    assert sorted(found, key=lambda one: -one.area) == found
    assert set(np.unique(index)) - {0} == set(range(1, len(found) + 1))


@given(maps)
def test_the_index_shows_each_region_where_it_is(labels):
    found, index = regions(labels, labels, SPACE, 0)
    assert index.dtype == np.int32
    assert ((index > 0) == np.isin(labels, OBJECTS)).all()
    boxes = ndimage.find_objects(index)
    for number, (one, (rows, columns)) in enumerate(zip(found, boxes, strict=True), start=1):
        assert (labels[index == number] == one.ident).all()
        assert np.count_nonzero(index == number) == one.area
        assert one.box == (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        assert ndimage.label(index == number, np.ones((3, 3)))[1] == 1


@given(maps, st.floats(0, 1))
def test_a_larger_least_area_only_removes_small_regions(labels, smallest):
    everything = regions(labels, labels, SPACE, 0)[0]
    assert regions(labels, labels, SPACE, smallest)[0] == [
        one for one in everything if one.area >= smallest * labels.size
    ]


def test_stuff_is_scored_but_has_no_regions():
    space = LabelSpace(("sky", "car", "background"), ("#000000", "#000001", "#000002"), stuff=("sky",))
    labels = np.array([[0, 1, 2]], np.uint8)
    found, index = regions(labels, np.full((1, 3), 128, np.uint8), space, 0)
    assert found == [Region(1, (1, 0, 1, 1), 1, HALF)]
    assert index.tolist() == [[0, 1, 0]]
    assert space.scored == (0, 1, 2)


@pytest.mark.parametrize(
    ("name", "uncounted"),
    [
        ("oxford_iiit_pet", {"background", "border"}),
        ("camvid", {"sky", "building", "road", "pavement", "tree", "fence", "void"}),
        ("voc2012", {"background", "void"}),
        ("grocery", {"background"}),
    ],
)
def test_the_countable_classes_of_every_dataset(name, uncounted):
    space = datasets.get(name).label_space
    assert {space.names[ident] for ident in space.things} == set(space.names) - uncounted


def old_regions(labels, confidence, label_space, smallest):
    """Find the regions in the plain way, which holds numbers of 8 bytes for every pixel of the picture."""
    marks = np.zeros(labels.shape, np.int64)
    stats: list[tuple[int, ...]] = []
    idents: list[int] = []
    for ident in label_space.things:
        numbers, count = label(labels == ident, connectivity=2, return_num=True)
        marks[numbers > 0] = numbers[numbers > 0] + len(idents)
        stats += [(*one.bbox, int(one.area)) for one in regionprops(numbers)]
        idents += [ident] * count
    sums = np.bincount(marks.ravel(), confidence.ravel(), minlength=len(idents) + 1)[1:]
    order = sorted(
        (index for index in range(len(idents)) if stats[index][4] >= round(smallest * labels.size, 6)),
        key=lambda index: (-stats[index][4], idents[index], stats[index][0], stats[index][1]),
    )
    places = np.zeros(len(idents) + 1, np.int32)
    places[np.array(order, int) + 1] = np.arange(1, len(order) + 1)
    return order, [idents[index] for index in order], [sums[index] for index in order], places[marks]


@settings(max_examples=60)
@given(maps, st.sampled_from([0, 0.01, 0.1, 0.5]), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_row_chunks_do_not_change_the_regions(labels, smallest, band, seed):
    confidence = np.random.default_rng(seed).integers(0, 256, labels.shape, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_chunks, "PIXELS", band)
        found, index = regions(labels, confidence, SPACE, smallest)
    _, idents, sums, places = old_regions(labels, confidence, SPACE, smallest)
    assert [one.ident for one in found] == idents
    # Regions of one class, area, top and left may come in either order; each is still where the index says.
    for number, one in enumerate(found, start=1):
        assert one.confidence == confidence[index == number].sum() / one.area / 255
    assert sorted(round((one.confidence or 0) * one.area * 255) for one in found) == sorted(sums)
    assert np.array_equal(index > 0, places > 0)


def test_the_memory_of_a_large_picture():
    """Beside the map of the result there are one class's numbers and its mask: 9 bytes for every pixel, and a band."""
    labels = np.ones((1500, 2000), np.uint8)
    labels[::50] = 0
    tracemalloc.start()
    regions(labels, labels, datasets.get("grocery").label_space, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / labels.size < 14
