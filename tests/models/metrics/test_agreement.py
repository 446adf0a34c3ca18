"""How far models agree: by hand, by laws, and against an independent count."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import accuracy_score, jaccard_score

from data import datasets
from data.shared_classes import shared_classes
from models.metrics.agreement import Agreement, Level, agreement, mean_overlap

NAMES = ("oxford_iiit_pet", "voc2012", "camvid", "grocery")


def compare(*predictions) -> Agreement:
    """Compare predictions given as a dataset's name and a label map as class names or ids."""
    planes, of = [], [datasets.get(name) for name, _ in predictions]
    for dataset, (_, rows) in zip(of, predictions, strict=True):
        names = dataset.label_space.names
        idents = [[names.index(entry) if isinstance(entry, str) else entry for entry in row] for row in rows]
        planes.append(np.array(idents, np.uint8))
    return agreement(planes, of)


def figures(*predictions) -> tuple[float, float, float]:
    (pair,) = compare(*predictions).pairs
    return pair.agreement, pair.comparable, pair.miou


PETS = ("oxford_iiit_pet", [["pet", "pet", "border", "background", "background", "background"]])
PETS_TOO = ("oxford_iiit_pet", [["pet", "border", "border", "border", "background", "background"]])
VOC = ("voc2012", [["cat", "horse", "cat", "background", "dog", "car"]])
STREET = ("camvid", [["car", "car", "car", "car", "pedestrian", "road"]])
SHELF = ("grocery", [["background", "ketchup", "soap", "background", "background", "background"]])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Class by class: of 6 pixels 4 are alike; pet 1/2, background 2/3, border 1/3.
        (PETS, PETS_TOO, (4 / 6, 1, (1 / 2 + 2 / 3 + 1 / 3) / 3)),
        # The border is left out. Pixels 1, 4 and 6 are alike: pet 1/3 (pixels 1, 2, 5), anything else 2/4 (2, 4, 5, 6).
        (PETS, VOC, (3 / 5, 5 / 6, (1 / 3 + 2 / 4) / 2)),
        # CamVid has no cat, no dog and no horse: pixels 4 and 6 are left, and both differ.
        (VOC, STREET, (0, 2 / 6, 0)),
        # A ketchup bottle is not a horse: anything else 5/6, bottle 0/1.
        (VOC, SHELF, (5 / 6, 1, (5 / 6 + 0) / 2)),
        # Nothing they could differ on.
        (PETS, STREET, (math.nan, 0, math.nan)),
        # One class for both all over: the others take no part in the mean.
        (("voc2012", [["sofa"]]), ("voc2012", [["sofa"]]), (1, 1, 1)),
    ],
    ids=["pets", "pets and voc", "voc and camvid", "voc and grocery", "pets and camvid", "one class"],
)
def test_by_hand(first, second, expected):
    assert figures(first, second) == pytest.approx(expected, nan_ok=True)
    assert figures(second, first) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        ([PETS, PETS_TOO], "amamaa"),
        ([PETS, VOC], "am-ama"),
        # Pairs that differ, of those that can be compared: 0/3, 2/2, 0/1, 1/2, 2/3, 0/3.
        ([PETS, PETS_TOO, VOC], "amassa"),
        ([PETS, STREET], "------"),
        ([PETS, STREET, SHELF], "------"),
    ],
)
def test_levels_by_hand(predictions, expected):
    letters = {"-": Level.NOT_COMPARABLE, "a": Level.AGREE, "s": Level.SOME, "m": Level.MOST}
    assert [list(row) for row in compare(*predictions).levels()] == [[letters[letter] for letter in expected]]


@pytest.mark.parametrize(
    ("opinions", "level"),
    [
        ("aa", Level.AGREE),
        ("ab", Level.MOST),
        ("aaa", Level.AGREE),
        ("aab", Level.SOME),
        ("abc", Level.MOST),
        ("aaab", Level.SOME),
        ("aabb", Level.SOME),
        ("aabc", Level.MOST),
        ("aaabb", Level.SOME),
        ("aaabc", Level.MOST),
        ("aaaaab", Level.SOME),
        ("aabbcc", Level.MOST),
        ("a" * 39 + "b", Level.SOME),  # 780 pairs: more than a byte counts
        ("abcdefghijklmnopqrst" * 2, Level.MOST),
    ],
)
def test_levels_of_many_models(opinions, level):
    found = compare(*(("voc2012", [[ord(letter) - ord("a")]]) for letter in opinions))
    assert found.levels().tolist() == [[level]]


def test_label_maps_are_resized_to_the_largest():
    small, large = [[0, 1], [2, 0]], [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 0, 0], [2, 2, 0, 0]]
    found = compare(("voc2012", small), ("voc2012", large), ("voc2012", [[0]]))
    assert found.comparable.shape == (4, 4)
    assert found.pairs[0].agreement == 1
    assert found.pairs[1].agreement == found.pairs[2].agreement == 0.5


SIZES = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def predictions(draw, least=2, most=4):
    """Draw datasets and label maps, of one size for all or of one for each."""
    of = [datasets.get(name) for name in draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=most))]
    sizes = draw(st.one_of(SIZES.map(lambda size: [size] * len(of)), st.tuples(*[SIZES] * len(of))))
    planes = [
        draw(arrays.arrays(np.uint8, size, elements=st.sampled_from(dataset.label_space.scored)))
        for dataset, size in zip(of, sizes, strict=True)
    ]
    return planes, of


def table(found: Agreement) -> dict:
    """Return the figures of every pair, whichever model comes first."""
    return {
        frozenset({pair.first, pair.second}): pytest.approx((pair.agreement, pair.comparable, pair.miou), nan_ok=True)
        for pair in found.pairs
    }


def plain(found: Agreement) -> dict:
    return {frozenset({pair.first, pair.second}): (pair.agreement, pair.comparable, pair.miou) for pair in found.pairs}


@given(predictions(), st.randoms(use_true_random=False))
def test_the_order_of_the_models_does_not_matter(drawn, random):
    planes, of = drawn
    order = list(range(len(of)))
    random.shuffle(order)
    found = agreement(planes, of)
    turned = agreement([planes[index] for index in order], [of[index] for index in order])
    assert np.array_equal(found.levels(), turned.levels())
    assert np.array_equal(found.comparable, turned.comparable)
    renamed = {frozenset(order[index] for index in pair): row for pair, row in plain(turned).items()}
    assert renamed == table(found)


@given(predictions(least=1, most=1))
def test_a_model_agrees_with_itself(drawn):
    (plane,), (dataset,) = drawn
    found = agreement([plane, plane], [dataset, dataset])
    assert plain(found) == {frozenset({0, 1}): (1, 1, 1)}
    assert (found.levels() == Level.AGREE).all()


@given(predictions())
def test_figures_and_map_are_consistent(drawn):
    found = agreement(*drawn)
    pixels = found.comparable.size
    assert found.comparable.sum() == pytest.approx(sum(pair.comparable for pair in found.pairs) * pixels)
    differing = sum((1 - pair.agreement) * pair.comparable * pixels for pair in found.pairs if pair.comparable)
    assert found.differing.sum() == pytest.approx(differing)
    for pair in found.pairs:
        assert math.isnan(pair.agreement) == math.isnan(pair.miou) == (pair.comparable == 0)
        assert (pair.miou == 1) == (pair.agreement == 1)
        assert not pair.comparable or 0 <= pair.miou <= 1


@given(predictions(most=3), predictions(least=1, most=1))
def test_another_model_changes_nothing_between_the_others(drawn, another):
    planes, of = drawn
    shape = planes[0].shape
    planes = [np.resize(plane, shape) for plane in planes]
    found = agreement(planes, of)
    more = agreement([*planes, np.resize(another[0][0], shape)], of + another[1])
    assert {pair: row for pair, row in plain(more).items() if len(of) not in pair} == table(found)


@given(st.integers(2, 8), st.data())
def test_joining_two_classes_never_lowers_the_agreement(classes, data):
    shape = classes + 1, classes + 1
    confusion = data.draw(arrays.arrays(np.int64, shape, elements=st.integers(0, 50)))
    joined = confusion.copy()
    joined[0] += joined[1]
    joined[:, 0] += joined[:, 1]
    joined = np.delete(np.delete(joined, 1, 0), 1, 1)

    def alike(matrix):
        return matrix[:-1, :-1].trace() / max(matrix[:-1, :-1].sum(), 1)

    assert alike(joined) >= alike(confusion)
    assert math.isnan(mean_overlap(joined)) == math.isnan(mean_overlap(confusion))


@pytest.mark.parametrize("names", list(itertools.combinations_with_replacement(NAMES, 2)))
def test_against_an_independent_count(names):
    of = [datasets.get(name) for name in names]
    random = np.random.default_rng(0)
    planes = [random.choice(dataset.label_space.scored, (30, 40)).astype(np.uint8) for dataset in of]
    planes[1][:20] = planes[0][:20] % max(planes[1].max(), 1)
    shared = shared_classes(*of)
    sides = [
        {of[side].label_space.names[ident]: one.name for one in shared for ident in (one.first, one.second)[side]}
        for side in (0, 1)
    ]
    rows = [
        (sides[0].get(of[0].label_space.names[a]), sides[1].get(of[1].label_space.names[b]))
        for a, b in zip(planes[0].ravel(), planes[1].ravel(), strict=True)
    ]
    kept = [row for row in rows if None not in row]
    (pair,) = agreement(planes, of).pairs
    assert pair.comparable == pytest.approx(len(kept) / len(rows))
    if kept:
        first, second = (list(side) for side in zip(*kept, strict=True))
        assert pair.agreement == pytest.approx(accuracy_score(first, second))
        assert pair.miou == pytest.approx(jaccard_score(first, second, average="macro"))
    else:
        assert math.isnan(pair.agreement)
