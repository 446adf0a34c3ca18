"""Which picture is shown first."""

from types import SimpleNamespace

import pytest

from pages.compare import state
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


@pytest.mark.parametrize(
    ("link", "unused"),
    [
        ({"models": "a", "sample": "chelsea", "view": "truth"}, []),
        ({"dataset": "camvid", "split": "val", "id": "d_4"}, []),
        ({"split": "val", "id": "d_4"}, ["split=val", "id=d_4"]),
        ({"dataset": "camvid", "id": "d_4", "sample": "chelsea"}, ["sample=chelsea"]),
        ({"sample": "chelsea", "class": "cat"}, ["class=cat"]),
    ],
)
def test_what_a_link_asks_for_in_vain_is_told(link, unused):
    told = state._unused(link)
    assert len(told) == len(unused)
    assert all(any(one in sentence for sentence in told) for one in unused)


def test_the_faults_of_a_link_are_told_until_a_control_is_used(monkeypatch):
    query = SimpleNamespace(to_dict=lambda: {"id": "d_4"})
    monkeypatch.setattr(state, "st", SimpleNamespace(query_params=query))
    selection = Selection()
    told = selection.follow_link({})
    assert "id=d_4" in told[0]
    assert selection.follow_link({}) == told, "also if the first run was interrupted before it could say so"
    selection.choose_view("Objects")
    assert selection.follow_link({}) == []
