"""The colours of every label space, as seen with and without colour blindness."""

import pytest

from data import datasets
from tests.colour_vision import DEFICIENCIES, too_near

LEAST = 8.0
"""Smallest distance (CIEDE2000) between any two classes of a dataset, void and background included."""
MANY = 25
"""Largest number of classes for which such colours were found; larger datasets are exempt."""


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("name", datasets.names())
def test_any_two_classes_are_distinguishable_for_everyone(name: str, deficiency: str) -> None:
    space = datasets.get(name).label_space
    if len(space) > MANY:
        pytest.skip(f"{name} has {len(space)} classes, too many for colours this far apart")
    assert too_near(space.colours, deficiency, LEAST) == {}


def test_the_simulation_confuses_what_the_colour_blind_confuse() -> None:
    red, green = "#b00000", "#505000"
    assert too_near([red, green], "none", 20) == {}
    assert too_near([red, green], "tritan", 20) == {}
    assert too_near([red, green], "deutan", 10)
    assert too_near(["#0000ff", "#0000fe"], "none", LEAST)
