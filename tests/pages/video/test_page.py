"""The Video page without a browser: which models it offers, and what the player is given."""

import json

import pytest

from configs import limits
from models.runs import registry
from pages.shared.content import live_permits
from tests.facts import mentions
from tests.pages.app import address, has_no_messages, open_page

SCRIPT = "pages/6_Video.py"


def given(app):
    """Return what the player was given."""
    return json.loads(app.get_by_key("player").proto.json)


@pytest.mark.usefixtures("runs")
def test_the_player_gets_the_chosen_models_with_their_classes():
    app = open_page(SCRIPT, {"models": "tiny_pets,tiny_street"})
    assert has_no_messages(app)
    data = given(app)
    assert [model["name"] for model in data["models"]] == ["tiny_pets", "tiny_street"]
    pets = data["models"][0]
    assert pets["space"] == "oxford_iiit_pet"
    assert pets["input"] == list(registry.find_run("tiny_pets").input_size)
    assert all(entry["colour"].startswith("#") for entry in pets["classes"])
    assert data["most_bytes"] == limits.live_frame_bytes()
    assert data["most_pixels"] == limits.live_frame_pixels()
    permit = live_permits.find(data["address"].removeprefix("live/"))
    assert permit is not None
    assert {"tiny_pets", "tiny_street"} <= set(permit.models)


@pytest.mark.usefixtures("runs")
def test_the_choice_is_part_of_the_address_and_the_permit_stays():
    app = open_page(SCRIPT, {"models": "tiny_pets"})
    before = given(app)["address"]
    app.pills[0].set_value(["tiny_street"]).run() if app.pills else app.multiselect[0].set_value(["tiny_street"]).run()
    assert [model["name"] for model in given(app)["models"]] == ["tiny_street"]
    assert address(app) == {"models": "tiny_street"}
    assert given(app)["address"] == before


@pytest.mark.usefixtures("runs")
def test_a_model_of_the_link_that_is_not_here_is_named():
    app = open_page(SCRIPT, {"models": "nobody"})
    assert not app.exception
    assert mentions(app.warning[0].value, "nobody")


def test_at_first_there_are_models_for_people_and_pets():
    app = open_page(SCRIPT, {})
    chosen = [model["name"] for model in given(app)["models"]]
    kinds = {name: registry.find(name).dataset.kind for name in chosen}
    published = {run.dataset.kind for run in registry.runs() if run.published}
    assert len(chosen) == 2
    assert {"scene", "pet"} & published <= set(kinds.values())
    assert address(app) == {"models": ",".join(chosen)}


@pytest.mark.usefixtures("runs")
def test_the_limits_are_told_before_the_start(monkeypatch):
    monkeypatch.setenv("SEGDECK_LIVE_VISITORS", "7")
    monkeypatch.setenv("SEGDECK_LIVE_MB", "3")
    monkeypatch.setenv("SEGDECK_LIVE_MEGAPIXELS", "5")
    app = open_page(SCRIPT, {})
    assert any(mentions(caption.value, 7, 3, 5) for caption in app.caption)


def test_without_models_the_page_says_how_to_get_one(no_models):
    app = open_page(SCRIPT, {})
    assert not app.exception
    assert "python -m train" in app.code[0].value
