"""The download tab: preparing the zip and saving it."""

import io
import json
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
    from pages.compare.download import download
    from pages.shared.content import predictions
    from pages.shared.content.images import sample_pictures

    folder = Path(os.environ["SEGDECK_RUNS"])
    picture = next(one for one in sample_pictures() if one.sample == st.session_state.sample)
    runs = {name: Run(folder / name, published=False) for name in st.session_state.models}
    download(
        picture,
        [predictions.ModelPrediction(name, run, predictions.predict(picture, run)) for name, run in runs.items()],
    )


@pytest.fixture
def app(runs):
    app = AppTest.from_function(page, default_timeout=300)
    app.session_state["models"], app.session_state["sample"] = MODELS, "chelsea"
    return app.run()


def keys(app):
    assert not app.exception
    drawn = [button.key for button in app.button]
    return drawn + [link.key for link in links(app)]


def links(app):
    return [link for link in app.get("bidi_component") if link.key == "download_save"]


def content(app):
    return b"".join(app.session_state["download"].file.chunks())


def prepared(app):
    app.button(key="download_prepare").click().run()
    assert not app.error
    return zipfile.ZipFile(io.BytesIO(content(app)))


def test_nothing_is_written_before_the_click(app, monkeypatch):
    monkeypatch.setattr(download_zip, "write", lambda *_: pytest.fail("written without a click"))
    assert keys(app.run()) == ["download_prepare"]


def test_the_zip_of_all_models_is_written_and_then_offered(app):
    archive = prepared(app)
    assert {name.partition("/")[0] for name in archive.namelist() if "/" in name} == set(MODELS)
    assert keys(app) == ["download_save"]
    (link,) = links(app)
    drawn = json.loads(link.proto.json)
    assert f"({len(content(app)) / 1000:.0f} kB)" in drawn["label"]
    assert drawn["address"] == f"save/{app.session_state['download'].file.token}"
    assert keys(app.run()) == ["download_save"], "it is kept while nothing changes"


@pytest.mark.parametrize(("what", "other"), [("models", MODELS[:1]), ("sample", "astronaut")])
def test_another_selection_needs_another_zip(app, what, other):
    first = prepared(app).namelist()
    app.session_state[what] = other
    assert keys(app.run()) == ["download_prepare"]
    assert "download" not in app.session_state
    assert (prepared(app).namelist() == first) == (what == "sample")


def test_without_a_prediction_nothing_is_offered(app):
    app.session_state["models"] = []
    assert keys(app.run()) == []


def test_a_zip_is_dropped_when_the_visitor_stops_it(app, monkeypatch):
    files = []

    def stopped(file, picture, predictions):
        import streamlit

        files.append(file)
        yield 0.0, "a"
        streamlit.stop()  # ends the run in the same way as a click on the page does

    monkeypatch.setattr(download_zip, "write", stopped)
    app.button(key="download_prepare").click().run()
    assert files[0].closed
    assert "download" not in app.session_state
    assert keys(app.run()) == ["download_prepare"], "only another click starts it again"


def test_a_damaged_model_is_one_error(app, monkeypatch):
    def broken(*_):
        yield 0.0, "a"
        raise UserError("*a* is damaged")

    monkeypatch.setattr(download_zip, "write", broken)
    app.button(key="download_prepare").click().run()
    (error,) = app.error
    assert error.value == "\\*a\\* is damaged"
    assert keys(app) == [], "neither a progress bar nor a stop button remains"
    assert keys(app.run()) == ["download_prepare"]
