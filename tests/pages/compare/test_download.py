"""The part of Compare that prepares a zip and saves it."""

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from configs.errors import UserError
from pages.compare import download_zip

MODELS = ["tiny_pets", "tiny_street"]


def page():
    import os
    from pathlib import Path

    import streamlit as st

    from models.runs.run import Run
    from pages.compare.download import takeaway
    from pages.shared.content import predictions
    from pages.shared.content.images import sample_pictures

    folder = Path(os.environ["SEGDECK_RUNS"])
    picture = next(one for one in sample_pictures() if one.sample == st.session_state.sample)
    runs = {name: Run(folder / name, published=False) for name in st.session_state.models}
    takeaway(picture, [(name, run, predictions.answer(picture, run)) for name, run in runs.items()])


@pytest.fixture
def app(runs):
    app = AppTest.from_function(page, default_timeout=300)
    app.session_state["models"], app.session_state["sample"] = MODELS, "chelsea"
    return app.run()


def keys(app):
    assert not app.exception
    return [button.key for button in [*app.button, *app.download_button]]


def prepared(app):
    app.button(key="takeaway_prepare").click().run()
    assert not app.error
    return zipfile.ZipFile(io.BytesIO(app.session_state["takeaway"].read()))


def test_nothing_is_made_before_it_is_asked_for(app, monkeypatch):
    monkeypatch.setattr(download_zip, "write", lambda *_: pytest.fail("made unasked"))
    assert keys(app.run()) == ["takeaway_prepare"]


def test_the_zip_of_all_models_is_made_and_then_offered(app):
    archive = prepared(app)
    assert {name.partition("/")[0] for name in archive.namelist() if "/" in name} == set(MODELS)
    assert keys(app) == ["takeaway_save"]
    (button,) = app.download_button
    assert f"({len(app.session_state['takeaway'].read()) / 1000:.0f} kB)" in button.label
    assert keys(app.run()) == ["takeaway_save"], "it is kept for as long as nothing changes"


@pytest.mark.parametrize(("what", "other"), [("models", MODELS[:1]), ("sample", "astronaut")])
def test_another_choice_needs_another_zip(app, what, other):
    first = prepared(app).namelist()
    app.session_state[what] = other
    assert keys(app.run()) == ["takeaway_prepare"]
    assert "takeaway" not in app.session_state
    assert (prepared(app).namelist() == first) == (what == "sample")


def test_without_an_answer_there_is_nothing_to_take_away(app):
    app.session_state["models"] = []
    assert keys(app.run()) == []


def test_what_is_unfinished_when_the_visitor_stops_is_dropped(app, monkeypatch):
    files = []

    def stopped(file, picture, found):
        import streamlit

        files.append(file)
        yield 0.0, "a"
        streamlit.stop()  # ends the run in the same way as a click on the page does

    monkeypatch.setattr(download_zip, "write", stopped)
    app.button(key="takeaway_prepare").click().run()
    assert files[0].closed
    assert "takeaway" not in app.session_state
    assert keys(app.run()) == ["takeaway_prepare"], "a click begins it anew, nothing else does"


def test_a_model_that_breaks_is_one_sentence(app, monkeypatch):
    def broken(*_):
        yield 0.0, "a"
        raise UserError("the weights of *a* are damaged")

    monkeypatch.setattr(download_zip, "write", broken)
    app.button(key="takeaway_prepare").click().run()
    assert [error.value for error in app.error] == ["The weights of \\*a\\* are damaged"]
    assert keys(app) == [], "no bar and no button to stop what has ended"
    assert keys(app.run()) == ["takeaway_prepare"]
