from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import UserError
from data.added.splits import divide
from data.dataset import Pair

IDS = st.lists(st.text("abcdefgh0123", min_size=1, max_size=6), min_size=2, max_size=60, unique=True)


def pairs(ids):
    return [Pair(name, Path(f"{name}.jpg"), Path(f"{name}.png")) for name in ids]


def ids(splits):
    return {split: [pair.id for pair in members] for split, members in splits.items()}


@given(IDS)
def test_a_division_is_complete_and_no_part_is_empty(names):
    splits, _ = divide({"": pairs(names)}, "here")
    found = ids(splits)
    assert list(found) == ["train", "val"]
    assert all(found.values())
    assert sorted(found["train"] + found["val"]) == sorted(names)
    assert all(members == sorted(members) for members in found.values())


@given(IDS, st.lists(st.text("xyz", min_size=1, max_size=6), min_size=20, max_size=60, unique=True))
def test_adding_pictures_moves_none(many, more):
    base = [f"picture_{number}" for number in range(40)]  # enough that no part is empty
    before = ids(divide({"": pairs([*base, *many])}, "here")[0])
    after = ids(divide({"": pairs([*base, *many, *more])}, "here")[0])
    assert all(set(before[split]) <= set(after[split]) for split in before)


def test_about_a_fifth_is_val():
    splits, sentence = divide({"": pairs(str(number) for number in range(2000))}, "here")
    assert 0.17 < len(splits["val"]) / 2000 < 0.23
    assert "20 %" in sentence


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"val": "cd", "train": "ab"}, {"train": ["a", "b"], "val": ["c", "d"]}),
        ({"test": "e", "train": "ab", "val": "cd"}, {"train": ["a", "b"], "val": ["c", "d"], "test": ["e"]}),
        ({"train": "ab", "val": "cd", "test": ""}, {"train": ["a", "b"], "val": ["c", "d"]}),
        ({"train": "ab", "val": "cd", "": "xyz"}, {"train": ["a", "b"], "val": ["c", "d"]}),
    ],
)
def test_splits_of_the_folder_are_kept(given, kept):
    splits, sentence = divide({split: pairs(names) for split, names in given.items()}, "here")
    assert ids(splits) == kept
    assert list(splits) == list(kept)
    assert "of the folder" in sentence
    assert ("3 of its pairs are in neither" in sentence) == ("" in given), "nothing is left out silently"


@pytest.mark.parametrize(
    ("given", "kept"),
    [({"train": "abcdefgh", "test": "xy"}, "test"), ({"val": "abcdefgh"}, ""), ({"test": "abcdefgh"}, "")],
)
def test_what_training_needs_is_made_of_the_rest(given, kept):
    splits, sentence = divide({split: pairs(names) for split, names in given.items()}, "here")
    found = ids(splits)
    assert sorted(found["train"] + found["val"]) == list("abcdefgh")
    assert found.get("test", []) == (list(given["test"]) if kept else [])
    assert next(iter(given)) in sentence


def test_equal_names_in_two_splits_stay_apart():
    splits, _ = divide({"train": pairs("ab"), "": pairs("bc")}, "here")
    assert sum(map(len, splits.values())) == 4
    assert len({pair.id for members in splits.values() for pair in members}) == 4


@pytest.mark.parametrize("names", ["", "a"])
def test_too_few_pictures_are_refused(names):
    with pytest.raises(UserError, match=f"here: has {len(names)} pictures"):
        divide({"": pairs(names)}, "here")
