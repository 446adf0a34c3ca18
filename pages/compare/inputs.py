"""The fields that pictures come in by: file upload, camera, prepared datasets."""

from collections.abc import Callable, Sequence

import streamlit as st

from data.decode import NAMES, SUFFIXES
from pages.compare.dataset_browser import browse
from pages.compare.state import Selection
from pages.compare.thumbnail_strip.component import thumbnail_strip
from pages.compare.uploads import MAX_UPLOADS, UploadedFile
from pages.shared.content.images import Picture
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import page_state
from pages.shared.ui.upload_limits import FILE_MB
from pages.shared.ui.uploader import take_new, uploader

FILES, CAMERA, DATASETS = "Files", "Camera", "Datasets"


def inputs(selection: Selection) -> str:
    """Draw the choice of the source of pictures, and the field for files or the camera; return the source."""
    sources = [FILES, CAMERA, DATASETS]
    source = st.segmented_control(
        "Pictures from", sources, required=True, **page_state("inputs").widget("source", FILES, sources)
    )
    if source == FILES:
        upload(selection)
    elif source == CAMERA:
        _camera(selection)
    else:
        st.caption("Pictures of a dataset come with their ground truth, so each model gets a score.")
    for problem in selection.problems:
        st.error(escape_markdown(problem), icon=":material/broken_image:")
    return str(source)


def upload(selection: Selection, then: Callable[[], None] = lambda: None) -> None:
    """Draw the uploader, empty again after each upload; ``then`` is called once the selection has the new files."""
    key = f"uploader_{selection.round}"

    def add(files: Sequence[UploadedFile]) -> None:
        selection.add_uploads(files)
        then()

    uploader(
        "Your pictures",
        key,
        add,
        type=[suffix[1:] for suffix in SUFFIXES],
        max_upload_size=FILE_MB,
        accept_multiple_files=True,
        label_visibility="collapsed",
        help=f"Up to {MAX_UPLOADS} at once: {NAMES}, up to 50 megapixels each.",
    )


def thumbnails(selection: Selection, picture: Picture, source: str) -> None:
    """Draw the thumbnails to choose from: those of a dataset, or those of all pictures held."""
    if source == DATASETS:
        with error_boundary("The datasets' pictures"):
            browse(picture, selection.open)
    else:
        thumbnail_strip(selection.pictures(), picture.digest, "picker", selection.show, selection.remove)


def _camera(selection: Selection) -> None:
    """Draw the camera field; only then does the browser ask for permission."""
    key = f"camera_{selection.round}"

    def add(photographs: Sequence[UploadedFile]) -> None:
        for photograph in photographs:
            photograph.name = f"photograph {selection.round + 1}"
        if photographs:
            selection.add_uploads(photographs)

    # Without a resolution, a photograph is only as large as the field, which is small on a phone.
    st.camera_input(
        "Your camera", key=key, on_change=lambda: take_new(key, add), label_visibility="collapsed", resolution="1080p"
    )
    st.caption("Browsers allow the camera only for a page served from this computer or over https.")
