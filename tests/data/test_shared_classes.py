"""Which classes two datasets have in common."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import datasets
from data.dataset import Dataset
from data.label_space import LabelSpace
from data.shared_classes import ANYTHING_ELSE, PARTS, covered, shared_classes
from tests.facts import facts

EVERY = datasets.names()


def a_dataset(*names, name="made_up", void=None, concepts=None):
    """Return a minimal dataset with these classes."""
    colours = tuple(f"#{index:06x}" for index in range(len(names)))
    space = LabelSpace(names, colours, void)
    return dataclasses.replace(datasets.get("camvid"), name=name, label_space=space, concepts=concepts or {})


def by_name(first: Dataset, second: Dataset):
    """Return the names of both datasets' classes by the name of the shared class."""
    return {
        one.name: tuple(
            {side.label_space.names[ident] for ident in idents}
            for side, idents in [(first, one.first), (second, one.second)]
        )
        for one in shared_classes(first, second)
    }


VOC, CAMVID, PETS, GROCERY = (datasets.get(name) for name in ("voc2012", "camvid", "oxford_iiit_pet", "grocery"))
SCORED = {one.name: {one.label_space.names[ident] for ident in one.label_space.scored} for one in (VOC, GROCERY)}
BOTTLED = {"bottled soda", "cooking oil", "ketchup", "pink shampoo", "soy sauce", "alcohol"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            PETS,
            VOC,
            {"pet": ({"pet"}, {"cat", "dog"}), ANYTHING_ELSE: ({"background"}, SCORED["voc2012"] - {"cat", "dog"})},
        ),
        (
            CAMVID,
            VOC,
            {
                "bus or car": ({"car"}, {"bus", "car"}),
                "bicycle, motorbike or person": ({"pedestrian", "bicyclist"}, {"bicycle", "motorbike", "person"}),
                ANYTHING_ELSE: (
                    {"sky", "building", "pole", "road", "pavement", "tree", "sign", "fence"},
                    {"background"},
                ),
            },
        ),
        (
            GROCERY,
            VOC,
            {
                "bottle": (BOTTLED, {"bottle"}),
                ANYTHING_ELSE: (SCORED["grocery"] - BOTTLED, SCORED["voc2012"] - {"bottle"}),
            },
        ),
        (PETS, CAMVID, {}),  # a camvid model cannot say that there is no pet
        (PETS, GROCERY, {}),  # each finds the other's things in its own background
        (CAMVID, GROCERY, {}),
    ],
    ids=[
        "pets and voc",
        "camvid and voc",
        "grocery and voc",
        "pets and camvid",
        "pets and grocery",
        "camvid and grocery",
    ],
)
def test_shared_classes_of_our_datasets(first, second, expected):
    assert list(by_name(first, second).items()) == list(expected.items()), "also in this order"


def test_a_dataset_shares_every_scored_class_with_itself():
    assert [(one.name, one.first, one.second) for one in shared_classes(CAMVID, CAMVID)] == [
        (CAMVID.label_space.names[ident], (ident,), (ident,)) for ident in range(11)
    ]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(EVERY, repeat=2)))
def test_invariants_for_all_pairs_of_datasets(first, second):
    check_laws(datasets.get(first), datasets.get(second))


def check_laws(first: Dataset, second: Dataset):
    shared = shared_classes(first, second)
    assert len(shared) != 1 or first.name == second.name
    assert all(one.first and one.second for one in shared)
    assert len({one.name for one in shared}) == len(shared)
    for side, dataset in [("first", first), ("second", second)]:
        idents = [ident for one in shared for ident in getattr(one, side)]
        assert len(set(idents)) == len(idents), "a class lies in one shared class at most"
        assert set(idents) <= set(dataset.label_space.scored)
    swapped = {(one.name, one.second, one.first) for one in shared_classes(second, first)}
    assert {(one.name, one.first, one.second) for one in shared} == swapped
    if shared and first.name != second.name:  # what can both be right is never told apart
        of = {ident: index for index, one in enumerate(shared) for ident in one.first}
        to = {ident: index for index, one in enumerate(shared) for ident in one.second}
        mine, theirs = covered(first), covered(second)
        for a, b in itertools.product(mine, theirs):
            assert not mine[a] & theirs[b] or of[a] == to[b]


NAMES = st.lists(
    st.sampled_from(["background", "cat", "dog", "pet", "animal", "person", "rider", "car", "vehicle", "disc", "quux"]),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(NAMES, NAMES)
def test_invariants_for_random_datasets(first, second):
    check_laws(a_dataset(*first, name="one"), a_dataset(*second, name="two"))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Names that nobody declared: the same name matches, however it is spelt, and nothing else does.
        (("Disc", "cat", "quux"), ("disc", "cat"), {"cat": ({"cat"}, {"cat"}), "disc": ({"Disc"}, {"disc"})}),
        (("TV/monitor", "sofa"), ("tv monitor", "sofa"), {
            "sofa": ({"sofa"}, {"sofa"}), "tv monitor": ({"TV/monitor"}, {"tv monitor"}),
        }),
        # What is disc may be cat or not, so the background beside it only matches a background.
        (("background", "cat", "disc"), ("background", "cat", "dog"), {
            "cat": ({"cat"}, {"cat"}), ANYTHING_ELSE: ({"background"}, {"background"}),
        }),
        # Known concepts: the dog is in the background of those who have no dog.
        (("background", "cat", "tree"), ("background", "cat", "dog"), {
            "cat": ({"cat"}, {"cat"}), ANYTHING_ELSE: ({"background", "tree"}, {"background", "dog"}),
        }),
        (("background", "animal"), ("background", "cat", "dog", "bird", "cow", "horse", "sheep"), {
            "animal": ({"animal"}, {"cat", "dog", "bird", "cow", "horse", "sheep"}),
            ANYTHING_ELSE: ({"background"}, {"background"}),
        }),
        # A horse is an animal and no pet, so animal and pet's background are both right about it.
        (("background", "animal"), ("background", "pet"), {}),
        (("background", "disc"), ("background", "square"), {}),
        (("cat", "dog"), ("car", "bus"), {}),
    ],
)  # fmt: skip
def test_datasets_without_declared_concepts(first, second, expected):
    assert by_name(a_dataset(*first, name="one"), a_dataset(*second, name="two")) == expected


def test_declared_concepts_override_names():
    first = a_dataset(
        "rest", "kitty", "bank", name="one", concepts={"rest": (ANYTHING_ELSE,), "kitty": ("cat",), "bank": ()}
    )
    second = a_dataset("background", "cat", "dog", name="two")
    assert by_name(first, second) == {
        "cat": ({"kitty"}, {"cat"}),
        ANYTHING_ELSE: ({"rest"}, {"background", "dog"}),
    }


def test_void_is_never_shared():
    first, second = (a_dataset("cat", "dog", "unknown", name=name, void=2) for name in ("one", "two"))
    assert set(by_name(first, second)) == {"cat", "dog"}


@pytest.mark.parametrize(
    ("concepts", "expected"),
    [
        ({"lorry": ("car",)}, ["made_up", "class 'lorry'"]),
        ({"cat": ("lion",)}, ["made_up", "'cat'", "unknown concept 'lion'", "aeroplane"]),
    ],
)
def test_an_invalid_declaration_is_named(concepts, expected):
    with pytest.raises(ValueError, match=facts(*expected)):
        shared_classes(a_dataset("cat", "dog", concepts=concepts), VOC)


@pytest.mark.parametrize("name", EVERY)
def test_classes_of_a_dataset_cover_disjoint_concepts(name):
    for one, other in itertools.combinations(covered(datasets.get(name)).values(), 2):
        assert not one & other


def test_the_concepts_form_a_tree():
    parts = [part for whole in PARTS.values() for part in whole]
    assert len(parts) == len(set(parts)), "a concept is part of one other at most"
    for whole, own in PARTS.items():
        seen, front = {whole}, set(own)
        while front:
            assert not front & seen, "a concept is part of itself"
            seen, front = seen | front, {part for one in front for part in PARTS.get(one, ())}
