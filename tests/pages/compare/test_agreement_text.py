"""The sentences about agreement: their figures, the models they name, and what they say of them."""

import re

import pytest

from data import datasets
from data.shared_classes import ANYTHING_ELSE
from pages.compare.agreement_map import compare_models
from pages.compare.agreement_text import class_table, compared_classes, summary
from tests.facts import mentions
from tests.pages.compare.predicted import EMPTY_SHELF, PETS, PETS_TOO, SHELF, STREET, VOC

STREET_AND_CAT = "voc2012", ["background, car, cat, background"]
NOTHING, ALONE, TOGETHER = "can be compared", "has no class in common", "have no class in common"
KEY_WORDS = ("agree", "differ", "3 models", NOTHING, "anything else", ALONE, TOGETHER)


def parsed(text):
    """Return what each sentence prints bold, its other percentages, and which of the key words it has."""
    sentences = []
    for sentence in re.split(r"(?<=\.) ", text):
        bold = re.findall(r"\*\*((?:\\.|[^*\\])+)\*\*", sentence)
        shares = [share for share in re.findall(r"[\d.]+ %", sentence) if share not in bold]
        sentences.append((bold, shares, {words for words in KEY_WORDS if mentions(sentence, words)}))
    return sentences


def agree(*bold, rest=None):
    """Return a parsed sentence on the agreement of two models; ``rest`` is the share of pixels not comparable."""
    return [*bold], [rest] if rest else [], {"agree", NOTHING} if rest else {"agree"}


def strangers(*bold, words=ALONE):
    """Return a parsed sentence on models that have no class in common."""
    return [*bold], [], {words}


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ({"a": PETS, "b": PETS_TOO}, [agree("a", "b", "75.0 %")]),
        ({"a": PETS, "b": VOC}, [agree("a", "b", "66.7 %", rest="25.0 %")]),
        ({"a": PETS, "b": PETS_TOO, "c": VOC}, [(["75.0 %"], [], {"differ", "3 models"})]),
        ({"a_b": VOC, "*": VOC}, [agree(r"a\_b", r"\*", "100.0 %")]),
        # Of each other's classes both see none: they agree on nothing that they found.
        ({"a": VOC, "b": EMPTY_SHELF}, [agree("a", "b", "100.0 %"), ([], [], {"agree", "anything else"})]),
        ({"a": STREET, "b": STREET_AND_CAT}, [agree("a", "b", "100.0 %", rest="25.0 %")]),
        ({"a": SHELF, "b": VOC}, [agree("a", "b", "75.0 %")]),
        # Comparable classes, but none of them in this picture.
        ({"a": ("camvid", ["road, road"]), "b": ("voc2012", ["cat, sofa"])}, [([], [], {NOTHING})]),
        # Two strangers.
        *[
            ({"a": one, "b": other}, [strangers("a", "b")])
            for one, other in [(PETS, STREET), (STREET, PETS), (PETS, SHELF), (PETS, EMPTY_SHELF), (STREET, SHELF)]
        ],
        # Three strangers.
        ({"a": PETS, "b": STREET, "c": SHELF}, [strangers("a", "b", "c"), strangers("b", "c")]),
        # One stranger to all.
        (
            {"a": PETS, "b": STREET, "c": PETS_TOO},
            [agree("a", "c", "75.0 %"), strangers("a", "c", "b", words=TOGETHER)],
        ),
        ({"a": SHELF, "b": PETS, "c": PETS_TOO}, [agree("b", "c", "75.0 %"), strangers("a", "b", "c")]),
        # A model that can be compared with both of two strangers.
        (
            {"a": STREET, "b": PETS, "c": VOC},
            [(["66.7 %"], ["25.0 %"], {"differ", NOTHING}), strangers("a", "b")],
        ),
        *[
            ({"a": SHELF, "b": other, "c": VOC}, [(["75.0 %"], [], {"differ"}), strangers("a", "b")])
            for other in (PETS, STREET)
        ],
    ],
)
def test_the_summary(found, models, expected):
    predicted = found(**models)
    compared = compare_models(predicted)
    assert parsed(summary(predicted, compared.shares, compared.pairs)) == expected


@pytest.mark.parametrize(
    ("first", "second", "shared", "alone"),
    [
        ("oxford_iiit_pet", "voc2012", ["pet"], [("border", "Oxford-IIIT Pet")]),
        ("camvid", "voc2012", ["bus or car", "bicycle, motorbike or person"], [("15 classes", "PASCAL VOC 2012")]),
        ("grocery", "voc2012", ["bottle"], []),
    ],
)
def test_the_compared_classes(first, second, shared, alone):
    text = compared_classes(datasets.get(first), datasets.get(second))
    assert re.findall(r"\*\*(.+?)\*\*", text) == [datasets.get(first).title, datasets.get(second).title]
    compared, _, rest = text.partition(". ")
    assert re.findall(r"(\d+) classes: ([^.]+)", compared) == [
        (str(len(shared) + 1), "; ".join([*shared, ANYTHING_ELSE]))
    ]
    assert re.findall(r": (.+?) of (.+?)\.", rest) == alone
    assert bool(rest) == bool(alone)


@pytest.mark.parametrize(
    ("first", "second"), [("oxford_iiit_pet", "voc2012"), ("voc2012", "camvid"), ("grocery", "voc2012")]
)
def test_the_mapping_names_every_class_once(first, second):
    _, rule, *lines = class_table(datasets.get(first), datasets.get(second)).split("\n")
    assert rule == "|---|---|---|"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert ANYTHING_ELSE in [row[0] for row in cells]
    for column, dataset in [(1, datasets.get(first)), (2, datasets.get(second))]:
        named = [name for row in cells for name in row[column].split(", ") if name != "–"]
        assert sorted(named) == sorted(dataset.label_space.names[ident] for ident in dataset.label_space.scored)
