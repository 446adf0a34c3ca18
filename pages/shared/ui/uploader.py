"""The field for uploading files: what arrives is taken out of Streamlit's store at once, wanted or not."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared.ui import telling
from pages.shared.ui.layout import escape_markdown

_REFUSED = "refused upload"


def uploader(label: str, key: str, take: Callable[[Sequence[UploadedFile]], object], **options: Any) -> None:
    """Draw the field.

    Args:
        label: What to upload.
        key: Identifies the field on the page; another one draws it empty again.
        take: Called with the files before the page is drawn again; empty if the visitor has removed them.
        options: Of ``st.file_uploader``.
    """
    st.file_uploader(label, key=key, on_change=lambda: take_new(key, take), **options)
    if told := telling.pending(_REFUSED):
        st.error(escape_markdown(told), icon=":material/cloud_off:")


def kept_file(label: str, key: str, **options: Any) -> tuple[str, bytes] | None:
    """Draw the field for one small file, and return its name and content until the visitor removes it."""
    kept = f"{key}_content"

    def keep(files: Sequence[UploadedFile]) -> None:
        st.session_state[kept] = (files[0].name, files[0].getvalue()) if files else None

    uploader(label, key, keep, **options)
    content: tuple[str, bytes] | None = st.session_state.get(kept)
    return content


def take_new(key: str, take: Callable[[Sequence[UploadedFile]], object]) -> None:
    """Hand over the files of a field whose value has changed, each once; none if the visitor has removed them."""
    value = st.session_state[key]
    values = value if isinstance(value, list) else [] if value is None else [value]
    # A file that was taken before is still among the field's until the visitor removes it there.
    files = [file for file in values if isinstance(file, UploadedFile)]
    release(files)
    if files or not values:
        take(files)


def release(files: Sequence[UploadedFile]) -> None:
    """Take files out of Streamlit's store, which keeps all that ever arrived until the visit ends."""
    if context := get_script_run_ctx():
        store = cast(MemoryUploadedFileManager, context.uploaded_file_mgr)
        for file in files:
            store.remove_file(context.session_id, file.file_id)


def refuse(session: str, told: str) -> None:
    """Have the fields that are drawn for a session say why a file did not arrive."""
    telling.tell(_REFUSED, told, session)
