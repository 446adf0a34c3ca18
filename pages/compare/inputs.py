"""Where pictures come from: files, the camera, prepared datasets."""

from collections.abc import Callable

import streamlit as st

from data.decode import SUFFIXES
from pages.compare.dataset_browser import browse
from pages.compare.state import Selection
from pages.compare.thumbnail_strip.component import picker
from pages.shared.content.images import MAX_UPLOADS, Picture
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import page_state

FILES, CAMERA, DATASETS = "Files", "Camera", "Datasets"


def inputs(choice: Selection) -> str:
    """Draw the choice where pictures come from, and the field for files or the camera; return what was chosen."""
    sources = [FILES, CAMERA, DATASETS]
    source = st.segmented_control(
        "Pictures from", sources, required=True, **page_state("inputs").widget("source", FILES, sources)
    )
    if source == FILES:
        upload(choice)
    elif source == CAMERA:
        _camera(choice)
    else:
        st.caption("Pictures of a dataset bring their ground truth along: see how right each model is.")
    for problem in choice.problems:
        st.error(escape_markdown(problem), icon=":material/broken_image:")
    return str(source)


def upload(choice: Selection, then: Callable[[], None] = lambda: None) -> None:
    """Draw the uploader. It hands every file on and starts empty again; the strip of pictures shows what is held.

    Args:
        choice: What takes the files.
        then: Called once it has taken them, before the page is drawn anew.
    """
    key = f"uploader_{choice.round}"

    def take() -> None:
        choice.take(st.session_state[key])
        then()

    st.file_uploader(
        "Your pictures",
        type=[suffix[1:] for suffix in SUFFIXES],
        accept_multiple_files=True,
        key=key,
        on_change=take,
        label_visibility="collapsed",
        help=f"Up to {MAX_UPLOADS} at once: JPEG, PNG, WebP, BMP, TIFF or GIF, up to 50 megapixels each.",
    )


def strip(choice: Selection, picture: Picture, source: str) -> None:
    """Draw the thumbnails to choose from: those of a dataset, or all pictures at hand."""
    if source == DATASETS:
        with error_boundary("The datasets' pictures"):
            browse(picture, choice.open)
    else:
        picker(choice.pictures(), picture.digest, "picker", choice.choose, choice.remove)


def _camera(choice: Selection) -> None:
    """Draw the camera, which the browser asks for only now."""
    key = f"camera_{choice.round}"

    def take() -> None:
        photograph = st.session_state[key]
        if photograph is not None:
            photograph.name = f"photograph {choice.round + 1}"
            choice.take([photograph])

    st.camera_input("Your camera", key=key, on_change=take, label_visibility="collapsed")
    st.caption("The browser gives the camera only to a page on this computer or with an https address.")
