"""Draws the links that save the comparison, and label maps with tables; only this visit can follow them."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from configs.files import replacing
from pages.shared.ui.private_files import PrivateFile, private_file
from pages.shared.ui.save_link.component import save_link
from pages.shared.ui.text import file_size
from pages.video.whole_file.outcome import COMPARISON, Outcome

_STORED = {".png", ".mkv"}
"""Suffixes of files that are compressed already."""
_REQUESTED = "whole_file_zip_requested"


def draw(outcome: Outcome) -> None:
    """Draw the links; the zip is written when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="content"):
            file = comparison(outcome)
            save_link(f"Save the comparison ({file_size(file.size)})", file, "whole_file_save_comparison")
        if archive := outcome.files.get("archive"):
            with st.container(width="content"):
                save_link(f"Save label maps and tables ({file_size(archive.size)})", archive, "whole_file_save_archive")
        else:
            st.button(
                "Prepare label maps and tables",
                key="whole_file_zip",
                icon=":material/folder_zip:",
                on_click=lambda: st.session_state.update({_REQUESTED: True}),
                help="One zip: a palette PNG per frame and model, the tables as CSV, and the summary.",
            )
    if st.session_state.pop(_REQUESTED, False) and "archive" not in outcome.files:
        _write(outcome)


def comparison(outcome: Outcome) -> PrivateFile:
    """Return the video of the comparison."""
    if "comparison" not in outcome.files:
        name = f"{outcome.name}_comparison.mp4"
        outcome.files["comparison"] = _offered(outcome.folder / COMPARISON, name, "video/mp4")
    return outcome.files["comparison"]


def _write(outcome: Outcome) -> None:
    """Write the zip beside the results, then draw the page again."""
    bar, target = st.progress(0.0, "Writing the zip"), outcome.folder.with_name("results.zip")
    with replacing(target) as temporary:
        for share in write_zip(outcome.folder, temporary):
            bar.progress(share, "Writing the zip")
    outcome.files["archive"] = _offered(target, f"{outcome.name}_results.zip", "application/zip")
    st.rerun()


def write_zip(folder: Path, target: Path) -> Iterator[float]:
    """Write all results but the comparison into a zip; yield how much is done, 0 to 1, about a hundred times.

    A hidden folder is what a stopped command had not removed yet.
    """
    shown = (path for path in folder.iterdir() if not path.name.startswith(".") and path.name != COMPARISON)
    files = sorted(path for one in shown for path in (one, *one.rglob("*")) if path.is_file())
    step = max(1, len(files) // 100)
    with zipfile.ZipFile(target, "w") as archive:
        for number, path in enumerate(files):
            if number % step == 0:
                yield number / len(files)
            kind = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
            archive.write(path, path.relative_to(folder), kind)


def _offered(path: Path, name: str, media_type: str) -> PrivateFile:
    return private_file(name, media_type, path.open("rb"), path.stat().st_size)
