"""The download tab of Compare: one zip, written only on request."""

import contextlib
import tempfile
import threading
import weakref
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import IO

import streamlit as st

from pages.compare import download_zip
from pages.compare.file_names import archive_name
from pages.shared.content.images import Picture
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui.layout import error_boundary, escape_markdown

IN_MEMORY = 64_000_000
"""Bytes up to which a zip is kept in memory; a larger one is kept in a file that is deleted after the visit."""

_KEY = "download"
_REQUESTED = "download_requested"


@dataclass(frozen=True)
class PreparedZip:
    """A zip that is ready to be saved.

    Attributes:
        contents: Identifies the picture and the models, as ``_contents`` returns it.
        file: The zip.
        size: Its length in bytes.
    """

    contents: tuple[Hashable, ...]
    file: IO[bytes]
    size: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Close the file when Streamlit drops it, at the end of the visit at the latest."""
        weakref.finalize(self, self.file.close)

    def read(self) -> bytes:
        """Return the bytes of the zip; several threads may call it at once."""
        with self._lock:
            self.file.seek(0)
            return self.file.read()


def download(picture: Picture, predictions: Sequence[ModelPrediction]) -> None:
    """Draw the button that prepares the zip or, once it is ready, the one that saves it.

    Args:
        picture: The picture shown.
        predictions: The predictions shown; without any, nothing is drawn.
    """
    if not predictions:
        return
    with st.container(key=_KEY, gap="small"), error_boundary("The download"):
        st.caption(
            "One zip: for each model the label map at the picture's own size (PNG, value = class id), an overlay and "
            "the objects as COCO JSON; for all models together the shares and objects as CSV and the settings used."
        )
        prepared: PreparedZip | None = st.session_state.get(_KEY)
        if prepared and prepared.contents == _contents(picture, predictions):
            _save(prepared, archive_name(picture))
        else:
            st.session_state.pop(_KEY, None)
            _prepare(picture, predictions)


def _save(prepared: PreparedZip, name: str) -> None:
    """Draw the button that saves the zip."""
    st.download_button(
        f"Save the zip ({_size(prepared.size)})",
        data=prepared.read,
        file_name=name,
        mime="application/zip",
        key="download_save",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def _size(count: int) -> str:
    """Format a number of bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _prepare(picture: Picture, predictions: Sequence[ModelPrediction]) -> None:
    """Draw the button that prepares the zip and, once it is pressed, a progress bar with a button to stop."""
    if not st.session_state.pop(_REQUESTED, False):
        st.button("Prepare the zip", key="download_prepare", icon=":material/folder_zip:", on_click=_request)
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
    st.session_state[_KEY] = PreparedZip(_contents(picture, predictions), file, file.tell())
    st.rerun()


def _request() -> None:
    st.session_state[_REQUESTED] = True


def _contents(picture: Picture, predictions: Sequence[ModelPrediction]) -> tuple[Hashable, ...]:
    """Return what identifies the contents of a zip: if it is equal, so are the zips, except for their dates."""
    return (picture.name, *((one.name, one.prediction.key) for one in predictions))
