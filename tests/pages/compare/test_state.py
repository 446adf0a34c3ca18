"""Which picture is shown first."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

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


def page():
    import streamlit as st

    from pages.compare.state import current_selection

    selection = current_selection()
    st.text(" ".join(selection.follow_link({})))
    st.button("Use", on_click=selection.choose_view, args=("Objects",))


def test_the_faults_of_a_link_are_told_until_a_control_is_used():
    app = AppTest.from_function(page, default_timeout=300)
    app.query_params["id"] = "d_4"
    told = app.run().text[0].value
    assert "id=d_4" in told
    assert app.run().text[0].value == told, "also if the first run was interrupted before it could say so"
    assert app.button[0].click().run().text[0].value == ""
