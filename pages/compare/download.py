"""What a visitor takes away from Compare: one zip, made only when asked for."""

import contextlib
import tempfile
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

import streamlit as st

from pages.compare import download_zip
from pages.shared.content import predictions
from pages.shared.content.images import Picture
from pages.shared.content.predictions import Found
from pages.shared.ui.layout import error_boundary, escape_markdown

IN_MEMORY = 64_000_000
"""Bytes of a zip up to which it is kept in memory; a larger one is kept in a file that goes with the visit."""

_KEY = "takeaway"
_ASKED = "takeaway_asked"


@dataclass(frozen=True)
class Prepared:
    """A zip that is ready to be saved.

    Attributes:
        made_of: The picture and the models, as ``_made_of`` returns them.
        content: The zip.
        size: Its length in bytes.
    """

    made_of: tuple[str, ...]
    content: IO[bytes]
    size: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Close the content when Streamlit forgets it: at the latest at the end of the visit."""
        weakref.finalize(self, self.content.close)

    def read(self) -> bytes:
        """Return the zip; several threads may ask at once."""
        with self._lock:
            self.content.seek(0)
            return self.content.read()


def takeaway(picture: Picture, found: Sequence[Found]) -> None:
    """Draw what prepares the zip, and then saves it; nothing if no model has answered.

    Args:
        picture: The picture shown.
        found: Name, run and answer of each model shown.
    """
    if not found:
        return
    with st.container(key=_KEY, gap="small"), error_boundary("The download"):
        st.caption(
            "One zip: for each model the label map at the picture's own size (PNG, value = class id), an overlay and "
            "the objects as COCO JSON; for all of them the shares and objects as CSV and the settings used."
        )
        prepared: Prepared | None = st.session_state.get(_KEY)
        if prepared and prepared.made_of == _made_of(picture, found):
            _save(prepared, download_zip.archive_name(picture))
        else:
            st.session_state.pop(_KEY, None)
            _prepare(picture, found)


def _save(prepared: Prepared, name: str) -> None:
    """Draw the button that saves the zip."""
    st.download_button(
        f"Save the zip ({_size(prepared.size)})",
        data=prepared.read,
        file_name=name,
        mime="application/zip",
        key="takeaway_save",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def _size(count: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _prepare(picture: Picture, found: Sequence[Found]) -> None:
    """Draw the button that prepares the zip and, once it is pressed, how far that is, and a button to stop."""
    if not st.session_state.pop(_ASKED, False):
        st.button("Prepare the zip", key="takeaway_prepare", icon=":material/folder_zip:", on_click=_ask)
        return
    place = st.empty()
    with place.container(gap="small"):
        progress = st.progress(0.0)
        # Any click on the page ends this run of the script at the next step, and what was made so far is dropped.
        st.button("Stop", key="takeaway_stop", icon=":material/stop_circle:")
    with contextlib.ExitStack() as unfinished:
        unfinished.callback(place.empty)
        content = unfinished.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        steps = unfinished.enter_context(contextlib.closing(download_zip.write(content, picture, found)))
        for done, doing in steps:
            progress.progress(done, escape_markdown(doing))
        progress.progress(1.0)  # ends this run, too, if it was stopped during the last step
        unfinished.pop_all()
    st.session_state[_KEY] = Prepared(_made_of(picture, found), content, content.tell())
    st.rerun()


def _ask() -> None:
    st.session_state[_ASKED] = True


def _made_of(picture: Picture, found: Sequence[Found]) -> tuple[str, ...]:
    """Return what a zip depends on: if it is the same, so is the zip, but for its date."""
    models = (part for name, run, _ in found for part in (name, str(run.path), predictions.weights_digest(run)))
    return (picture.digest, picture.name, *models)
