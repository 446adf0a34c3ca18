import pytest

from data import colours
from tests.colour_vision import DEFICIENCIES, too_near


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_a_dozen_colours_are_distinguishable_for_everyone(deficiency: str) -> None:
    assert too_near(["#000000", *colours.distinct(12, ["#000000"])], deficiency, 7) == {}


def test_there_are_colours_for_as_many_classes_as_a_dataset_may_have() -> None:
    found = colours.distinct(255, ["#000000"])
    assert len({*found, "#000000"}) == 256
    assert found[:20] == colours.distinct(20, ["#000000"]), "more classes do not change the colours of the first"


def test_no_colour_is_near_one_that_is_taken() -> None:
    assert "#0072b2" not in colours.distinct(30, ["#0073b3"])
