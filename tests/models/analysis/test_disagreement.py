"""Where two models differ: by hand, by laws, and against SciPy's regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from data.label_space import LabelSpace
from models.analysis import disagreement
from models.analysis.disagreement import AREAS, BOTH, NEITHER, ONLY_A, ONLY_B, VOID, Answers
from tests.colour_vision import DEFICIENCIES, too_near

SPACE = LabelSpace(("void", "cat", "dog", "sky"), ("#000000", "#ff0000", "#00ff00", "#0000ff"), void=0)


def plane(*rows: str) -> np.ndarray:
    """Return a label map with a digit for each pixel."""
    return np.array([[int(pixel) for pixel in row] for row in rows], np.uint8)


TRUTH = plane("111100", "111122", "222222")
A = plane("111311", "113322", "222222")
B = plane("211333", "211122", "222211")


def answers(truth=TRUTH, a=A, b=B, name="one") -> Answers:
    return Answers(name, truth, a, b)


@st.composite
def triples(draw, classes: int = 4):
    """Return a truth with void and two predictions, noisy copies of it, of one size."""
    size = draw(st.tuples(st.integers(1, 14), st.integers(1, 14)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = rng.integers(0, classes, size, np.uint8)
    noisy = [np.where(rng.random(size) < 0.5, truth, rng.integers(1, classes, size)).astype(np.uint8) for _ in "ab"]
    return truth, *noisy


def test_areas_and_classes_by_hand():
    kinds = disagreement.areas(TRUTH, A, B, SPACE)
    n, a, b, v = NEITHER, ONLY_A, ONLY_B, VOID
    assert kinds.tolist() == [[a, 0, 0, n, v, v], [a, 0, b, b, 0, 0], [0, 0, 0, 0, a, a]]
    assert disagreement.class_counts(TRUTH, kinds, SPACE).tolist() == [[3, 2, 2, 1], [6, 2, 0, 0], [0, 0, 0, 0]]


def test_regions_by_hand():
    found = disagreement.compare([answers()], SPACE)
    listed = [(one.area, one.truth, one.a, one.b, one.pixels, one.box, one.start) for one in found.regions]
    assert listed == [
        (ONLY_A, 1, 1, 2, 2, (0, 0, 1, 2), (0, 0)),
        (ONLY_A, 2, 2, 1, 2, (4, 2, 2, 1), (2, 4)),
        (ONLY_B, 1, 3, 1, 2, (2, 1, 2, 1), (1, 2)),
        (NEITHER, 1, 3, 3, 1, (3, 0, 1, 1), (0, 3)),
    ]
    assert found.found == 4


def test_the_classes_of_a_region_are_those_most_pixels_have_together():
    truth, a = plane("11122"), plane("33333")
    found = disagreement.compare([answers(truth, a, plane("22211"))], SPACE)
    assert [(one.truth, one.a, one.b, one.pixels) for one in found.regions] == [(1, 3, 2, 5)]


def test_the_largest_regions_of_every_area_are_kept():
    wrong, right = plane("1" * 6), plane("2" * 6)
    images = [answers(right[:, :size], right[:, :size], wrong[:, :size], f"a{size}") for size in (3, 6, 1, 5)]
    images += [answers(right[:, :2], wrong[:, :2], right[:, :2], "b2")]
    found = disagreement.compare(images, SPACE, most=2)
    assert [(one.image, one.area) for one in found.regions] == [("a6", ONLY_A), ("a5", ONLY_A), ("b2", ONLY_B)]
    assert found.found == 5
    assert found.pixels.sum(axis=0).tolist() == [0, 15, 2, 0]


@pytest.mark.parametrize(("smallest", "sizes"), [(2 / 18, [2, 2, 2]), (2.1 / 18, [])])
def test_small_regions_are_passed_over(smallest, sizes):
    found = disagreement.compare([answers()], SPACE, smallest=smallest)
    assert [one.pixels for one in found.regions] == sizes
    assert found.found == len(sizes)


@given(triples())
def test_the_areas_part_the_scored_pixels(planes):
    truth, a, b = planes
    kinds = disagreement.areas(truth, a, b, SPACE)
    pixels = disagreement.class_counts(truth, kinds, SPACE)
    assert pixels.sum() == (truth != 0).sum()
    assert pixels.sum(axis=1).tolist() == [(truth == ident).sum() for ident in SPACE.scored]
    right = [int(((truth == answer) & (truth != 0)).sum()) for answer in (a, b)]
    both, only_a, only_b, _ = pixels.sum(axis=0)
    assert (both + only_a, both + only_b) == tuple(right)
    assert only_a - only_b == right[0] - right[1]
    swapped = disagreement.class_counts(truth, disagreement.areas(truth, b, a, SPACE), SPACE)
    assert swapped.tolist() == pixels[:, [BOTH, ONLY_B, ONLY_A, NEITHER]].tolist()


@given(triples())
def test_regions_are_those_of_scipy(planes):
    truth, a, b = planes
    kinds = disagreement.areas(truth, a, b, SPACE)
    found = list(disagreement.regions(answers(*planes), kinds, smallest=0))
    expected = set()
    for area in (ONLY_A, ONLY_B, NEITHER):
        marks, _ = ndimage.label(kinds == area, np.ones((3, 3)))
        for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
            box = columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start
            expected.add((area, int((marks == number).sum()), box, (marks == number).tobytes()))
    assert len(found) == len(expected)
    told = {(one.area, one.pixels, one.box, disagreement.mask_of(one, kinds).tobytes()) for one in found}
    assert told == expected


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_everyone_can_tell_the_areas_apart(deficiency):
    assert not too_near([AREAS.colours[area] for area in AREAS.scored], deficiency, 25)
