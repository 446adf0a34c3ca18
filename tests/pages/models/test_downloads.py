"""Exports in the background: each is made once for all visitors, on request, and finished ones are forgotten."""

import threading
import time
from pathlib import Path

import pytest

from configs.errors import UserError
from configs.files import sha256
from models.runs.calibration import Calibration
from models.runs.run import Run
from pages.models import downloads
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored
from tests.pages.app import has_no_messages
from tests.pages.models.models_page import metrics, models_page

RUN = Run(Path("run"), published=False)
STOPPED = "the export of exported was stopped"


@pytest.fixture
def export(monkeypatch):
    """Make exports last until the returned event is set, and return the list of the formats that were started."""
    downloads._jobs().clear()
    go_on = threading.Event()
    started = []

    def export(run, form, stop):
        started.append(form)
        assert go_on.wait(300)

    monkeypatch.setattr("models.inference.export.export", export)
    yield go_on, started
    go_on.set()
    downloads._threads().submit(int).result(300)  # every started export has ended


def test_two_visitors_share_one_export(export):
    go_on, started = export
    downloads._start("weights", RUN, "onnx")
    first = downloads._jobs()["weights", "onnx"]
    downloads._start("weights", RUN, "onnx")
    assert downloads._jobs() == {("weights", "onnx"): first}
    go_on.set()
    downloads._threads().submit(int).result(300)
    assert started == ["onnx"]
    assert first.done


def test_a_finished_export_is_forgotten_when_another_starts_but_a_failed_one_is_kept(export):
    go_on, _ = export
    go_on.set()
    for digest in ("one", "two"):
        downloads._start(digest, RUN, "onnx")
        downloads._threads().submit(int).result(300)
    assert list(downloads._jobs()) == [("two", "onnx")]
    downloads._jobs()["two", "onnx"].problem = "It failed."
    downloads._start("three", RUN, "onnx")
    assert list(downloads._jobs()) == [("two", "onnx"), ("three", "onnx")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (None, ""),
        ({"temperature": 1.0}, ""),
        ({"temperature": 1.4812}, " SegDeck divides the logits by 1.481 (`train.calibrate`)."),
        ({"temperature": 1.0, "offsets": {"a_b": 2.3}}, r" SegDeck adds 2.3 to the logit of a\_b (`train.calibrate`)."),
        (
            {"temperature": 0.5, "offsets": {"background": -1.0}},
            " SegDeck adds -1 to the logit of background and then divides the logits by 0.500 (`train.calibrate`).",
        ),
    ],
)
def test_what_is_done_to_the_logits_beyond_the_weights_is_told(monkeypatch, facts, expected):
    measured = {"weights": "ab" * 32, "split": "val", "fitted_on": 2, "tested_on": 2, "before": 0.2, "after": 0.1}
    found = None if facts is None else Calibration.model_validate(measured | facts)
    monkeypatch.setattr(Run, "calibration", found)
    assert downloads._adjustment(RUN) == expected


def prepared(app, name):
    return app.button(key=f"models_prepare_{name}")


def wait(done):
    end = time.monotonic() + 300
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_export_is_made_on_request_and_can_be_stopped(no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = scored.make(no_models / "exported", epochs=1)
    begun = threading.Event()

    def export(run, form, stop):
        begun.set()
        assert stop.wait(300)
        raise UserError(STOPPED)

    monkeypatch.setattr("models.inference.export.export", export)
    app = models_page(model="exported", view="Downloads")
    assert has_no_messages(app)
    assert [button.label for button in app.download_button] == ["Download"]
    prepared(app, "onnx").click().run()
    assert begun.wait(300)
    assert [button.disabled for button in app.download_button] == [True]
    app.button(key="models_stop_onnx").click().run()
    job = downloads._jobs()[sha256(run.weights), "onnx"]
    wait(lambda: job.done)
    app.run()
    (error,) = app.error
    assert error.value == escape_markdown(STOPPED)
    assert prepared(app, "onnx").label == "Prepare ONNX"
    assert [button.disabled for button in app.download_button] == [False]


def test_a_finished_export_is_downloaded_at_once(no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("models.inference.export.is_exported", lambda run, form: True)
    monkeypatch.setattr("pages.models.layers.known_gmacs", lambda run: 1.5)
    scored.make(no_models / "ready", epochs=1)
    app = models_page(model="ready", view="Downloads")
    assert has_no_messages(app)
    assert len(app.download_button) == 3
    assert metrics(app)["GMACs"] == "1.50"
