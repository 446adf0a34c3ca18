"""Which picture is shown first."""

from types import SimpleNamespace

import pytest

from pages.compare.state import Selection
from pages.shared.content.images import Picture


def models(*kinds):
    """Return stand-ins for models of datasets of these kinds, named by their index."""
    return {str(index): SimpleNamespace(dataset=SimpleNamespace(kind=kind)) for index, kind in enumerate(kinds)}


@pytest.mark.parametrize(
    ("known", "linked", "sample"),
    [
        (models("grocery", "pet", "pet", "scene"), None, "chelsea"),
        (models("grocery", "pet", "pet", "scene"), ["0"], "shelf"),
        (models("pet", "street"), ["1", "gone"], "street"),
        ({}, None, "chelsea"),
    ],
)
def test_the_first_picture_suits_most_models(known, linked, sample):
    assert Selection(models=linked).shown(known).sample == sample


def test_an_upload_comes_before_the_samples():
    mine = Picture("digest", "mine.jpg", "your picture", content=b"mine")
    assert Selection(uploads={"digest": mine}).shown(models("pet")) == mine
