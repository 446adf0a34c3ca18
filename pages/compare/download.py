"""The download tab of Compare: one zip, written only on request."""

import contextlib
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.compare import download_zip
from pages.compare.file_names import archive_name
from pages.shared.content.images import Picture
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.private_files import PrivateFile, private_file
from pages.shared.ui.save_link.component import save_link
from pages.shared.ui.text import file_size

IN_MEMORY = 64_000_000
"""Bytes up to which a zip is kept in memory; a larger one is kept in a file that is deleted after the visit."""

_KEY = "download"
_REQUESTED = "download_requested"


@dataclass(frozen=True)
class PreparedZip:
    """A zip that is ready to be saved; zips with equal ``contents`` differ only in their dates."""

    contents: Hashable
    file: PrivateFile


def download(picture: Picture, predictions: Sequence[ModelPrediction]) -> None:
    """Draw the button that prepares the zip or, once it is ready, saves it; nothing if there are no predictions."""
    if not predictions:
        return
    with st.container(key=_KEY, gap="small"), error_boundary("The download"):
        st.caption(
            "One zip: for each model the label map at the picture's own size (PNG, value = class id), an overlay and "
            "the objects as COCO JSON; for all models together the shares and objects as CSV and the settings used."
        )
        contents = (picture.name, *((one.name, one.prediction.key) for one in predictions))
        prepared: PreparedZip | None = st.session_state.get(_KEY)
        if prepared and prepared.contents == contents:
            save_link(f"Save the zip ({file_size(prepared.file.size)})", prepared.file, "download_save")
        else:
            st.session_state.pop(_KEY, None)
            _prepare(picture, predictions, contents)


def _prepare(picture: Picture, predictions: Sequence[ModelPrediction], contents: Hashable) -> None:
    """Draw the button that prepares the zip and, once it is pressed, a progress bar with a button to stop."""
    if not st.session_state.pop(_REQUESTED, False):
        st.button(
            "Prepare the zip",
            key="download_prepare",
            icon=":material/folder_zip:",
            on_click=lambda: st.session_state.update({_REQUESTED: True}),
        )
        return
    slot = st.empty()
    with slot.container(gap="small"):
        progress = st.progress(0.0)
        # Any click on the page ends this run of the script at the next step, and the unfinished zip is dropped.
        st.button("Stop", key="download_stop", icon=":material/stop_circle:")
    with contextlib.ExitStack() as unfinished:
        unfinished.callback(slot.empty)
        file = unfinished.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        steps = unfinished.enter_context(contextlib.closing(download_zip.write(file, picture, predictions)))
        for done, doing in steps:
            progress.progress(done, escape_markdown(doing))
        progress.progress(1.0)  # also ends this run if it was stopped during the last step
        unfinished.pop_all()
    size = file.tell()
    st.session_state[_KEY] = PreparedZip(contents, private_file(archive_name(picture), "application/zip", file, size))
    st.rerun()
