import pytest

from tests.facts import facts, mentions

TEXT = "x.yaml: train.epochs: must be at least 1, not 0.5;\ngive --set 'many' of 1,040"


@pytest.mark.parametrize(
    "expected",
    [
        ["x.yaml", "train.epochs", 1, 0.5],
        ["many", "epochs", "train"],
        ["--set", "'many'"],
        ["1,040"],
        ["at least 1"],
        [],
    ],
)
def test_facts_are_found_in_any_order(expected):
    assert mentions(TEXT, *expected)


@pytest.mark.parametrize("expected", [["epoch"], [0], [5], [40], [1, 2], ["Many"], ["must.be"], ["man"]])
def test_a_part_of_a_word_or_number_is_no_fact(expected):
    assert not mentions(TEXT, *expected)


def test_the_pattern_suits_raises():
    with pytest.raises(ValueError, match=facts("many", 1)):
        raise ValueError(TEXT)
