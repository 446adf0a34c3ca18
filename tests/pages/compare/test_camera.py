"""The camera of the Compare page, without a browser."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile

from pages.compare import inputs
from pages.compare.state import Selection


def test_a_photograph_that_was_taken_over_before_is_not_taken_again(monkeypatch):
    """Streamlit calls the field once more if the run in which the photograph was taken over was interrupted."""
    drawn = {}
    monkeypatch.setattr(st, "camera_input", lambda *_, **options: drawn.update(options))
    selection = Selection()
    inputs._camera(selection)
    monkeypatch.setattr(st, "session_state", {drawn["key"]: DeletedFile("gone")})
    drawn["on_change"]()
    assert (selection.uploads, selection.problems, selection.round) == ({}, [], 0)
