"""Two scored models."""

import pytest

from pages.shared.content.scores import Scores
from tests.pages import scored

ABSENT = ("boat", "sofa")
"""Classes that the truth does not show."""


@pytest.fixture(scope="session")
def two(tmp_path_factory) -> list[Scores]:
    """Return the scores of a good and a bad model of VOC on the same 30 drawn images."""
    return scored.two_models(tmp_path_factory.mktemp("runs"), ABSENT)
