"""Exports beside the pages: each is made once, whoever asks, and none is kept in mind for ever."""

import threading
from pathlib import Path

import pytest

from models.runs.run import Run
from pages.models import downloads

RUN = Run(Path("run"), published=False)


@pytest.fixture
def export(monkeypatch):
    """Make an export last until the event that this returns is set; note what was begun."""
    downloads._jobs().clear()
    go_on = threading.Event()
    begun = []

    def export(run, form, stop):
        begun.append(form)
        assert go_on.wait(300)

    monkeypatch.setattr("models.inference.export.export", export)
    yield go_on, begun
    go_on.set()
    downloads._threads().submit(int).result(300)  # whatever was begun has ended


def test_two_visitors_who_ask_at_once_get_one_export(export):
    go_on, begun = export
    downloads._start("weights", RUN, "onnx")
    first = downloads._jobs()["weights", "onnx"]
    downloads._start("weights", RUN, "onnx")
    assert downloads._jobs() == {("weights", "onnx"): first}
    go_on.set()
    downloads._threads().submit(int).result(300)
    assert begun == ["onnx"]
    assert first.done


def test_an_export_that_is_over_is_forgotten_when_another_begins_and_a_failed_one_is_not(export):
    go_on, _ = export
    go_on.set()
    for digest in ("one", "two"):
        downloads._start(digest, RUN, "onnx")
        downloads._threads().submit(int).result(300)
    assert list(downloads._jobs()) == [("two", "onnx")]
    downloads._jobs()["two", "onnx"].problem = "It failed."
    downloads._start("three", RUN, "onnx")
    assert list(downloads._jobs()) == [("two", "onnx"), ("three", "onnx")]
