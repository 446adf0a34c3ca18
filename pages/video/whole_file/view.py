"""Draws the view: the upload, the button that starts, the progress, and then the results."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from configs import installed, limits
from data.video_files import SUFFIXES
from models.runs.model import Model
from pages.shared.ui import background_command
from pages.shared.ui.layout import error_boundary, escape_markdown, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.text import file_size, listed
from pages.shared.ui.uploader import uploader

if TYPE_CHECKING:
    from pages.video.whole_file.kept_clip import Desk, KeptClip

KEY = "whole_file"


def draw(state: PageState, chosen: Sequence[Model]) -> None:
    """Draw the view for the chosen models."""
    if lacking := installed.lacking("Reading a whole clip", "av"):
        st.info(f"{lacking}.", icon=":material/extension:")
        return
    from pages.video.whole_file.kept_clip import Desk

    desk: Desk = st.session_state.setdefault(KEY, Desk())
    if desk.problem:
        st.error(escape_markdown(sentence(desk.problem)), icon=":material/error:")
    if desk.clip is None:
        _upload(desk)
    else:
        _draw_clip(state, chosen, desk)


def _upload(desk: "Desk") -> None:
    st.caption(
        "Every frame of a clip through the chosen models: a comparison as a video, label maps, and which model is "
        "steadier over time. The clip lies on the computer that serves this page until you take another one, or for a "
        "minute after you have closed the page."
    )
    minutes, most = limits.clips().seconds / 60, most_megabytes()
    uploader(
        "Clip",
        f"whole_file_clip_{desk.round}",
        desk.take,
        type=[suffix[1:] for suffix in SUFFIXES],
        max_upload_size=most,
        help=f"At most {most} MB and {minutes:g} minutes. `python -m models.predict` takes larger files.",
    )


def most_megabytes() -> int:
    """Return the size of the largest clip that can be uploaded."""
    server = int(st.get_option("server.maxUploadSize"))
    return max(1, min(server, limits.clips().bytes // 1_000_000, limits.uploads_bytes() // 1_000_000))


def _draw_clip(state: PageState, chosen: Sequence[Model], desk: "Desk") -> None:
    from pages.video.whole_file import results_view

    clip = desk.clip
    assert clip is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        about = file_size(clip.size) if clip.finished else f"{file_size(clip.size)}, {clip.facts}"
        st.markdown(f"**{escape_markdown(clip.name)}** ({about})", width="content")
        st.button("Another clip", key="whole_file_drop", icon=":material/delete:", on_click=desk.drop)
    if clip.running:
        assert clip.command is not None
        background_command.draw_progress(clip.command)
        st.caption(f"{escape_markdown(_names(clip.runs))}. You may use other pages meanwhile; leave this one open.")
        return
    if problem := clip.problem:
        st.error(escape_markdown(sentence(problem)), icon=":material/error:")
    same = clip.is_of(chosen)
    if not (same and clip.finished):
        _offer(chosen, clip, going_on=same and clip.resumable)
    if clip.finished:
        with error_boundary("The results"):
            results_view.draw(state, clip)


def _offer(chosen: Sequence[Model], clip: "KeptClip", *, going_on: bool) -> None:
    """Draw the button that starts predicting the clip with the chosen models."""
    from pages.video.whole_file.kept_clip import slot

    if not chosen:
        return
    if going_on and clip.command is not None:
        reached = clip.command.progress
        st.info(f"Stopped after {reached.done:,} of {reached.total or 0:,} frames.", icon=":material/stop_circle:")
    other = slot().command
    if other is not None and not other.done:
        _wait_for_others()
        return
    label = "Go on" if going_on else f"Predict with {_names(chosen)}"
    st.button(
        escape_markdown(label),
        key="whole_file_start",
        type="primary",
        icon=":material/play_arrow:",
        on_click=clip.start,
        args=(chosen,),
    )


@st.fragment(run_every=1.0)
def _wait_for_others() -> None:
    """Say that another clip is being predicted, until it is done."""
    from pages.video.whole_file.kept_clip import slot

    other = slot().command
    if other is None or other.done:
        st.rerun()
    st.info(
        "Another visitor's clip is being predicted; one is at a time. This page notices when it is done.",
        icon=":material/hourglass_top:",
    )


def _names(runs: Sequence[Model]) -> str:
    return listed([run.name for run in runs])
