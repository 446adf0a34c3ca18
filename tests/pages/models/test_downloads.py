"""Exports in the background: each is made once for all visitors, and finished ones are forgotten."""

import threading
from pathlib import Path

import pytest

from models.runs.run import Run
from pages.models import downloads

RUN = Run(Path("run"), published=False)


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
