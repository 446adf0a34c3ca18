"""Files that a field hands over."""

import pytest
import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from pages.shared.ui import uploader

ONE, OTHER = (
    UploadedFile(UploadedFileRec(ident, f"{ident}.png", "image/png", b"x"), FileURLs()) for ident in ("one", "other")
)
GONE = DeletedFile("gone")


@pytest.mark.parametrize(
    ("value", "calls"),
    [
        (ONE, [[ONE]]),
        ([ONE, OTHER], [[ONE, OTHER]]),
        (None, [[]]),
        ([], [[]]),
        (GONE, []),
        ([GONE], []),
        ([GONE, ONE], [[ONE]]),
    ],
    ids=["one", "two", "removed", "all removed", "taken before", "all taken before", "a new one"],
)
def test_each_file_is_handed_over_once(monkeypatch, value, calls):
    """Streamlit calls a field again that has not changed if the run in which it did was interrupted."""
    monkeypatch.setattr(st, "session_state", {"field": value})
    taken: list[object] = []
    uploader.take_new("field", taken.append)
    assert taken == calls
