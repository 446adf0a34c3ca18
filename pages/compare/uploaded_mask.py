"""What was made of an uploaded mask: how it was read and turned, and the choice where that is not certain."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from pages.compare.ground_truth import GroundTruth, Upload
from pages.compare.state import Selection
from pages.shared.content.images import Picture
from pages.shared.ui.layout import escape_markdown


def uploaded_mask(selection: Selection, picture: Picture, truth: GroundTruth, upload: Upload) -> None:
    """Draw the name of an uploaded mask, the button that removes it, how it is read, and the choices it leaves."""
    _name(selection, picture, truth)
    key = f"{picture.digest}_{selection.round}"
    options = upload.readings.options
    if len(options) > 1:
        st.info("The values of this mask can mean several things. Check how it is read.", icon=":material/help:")
        _choice(
            upload.readings.question,
            [reading.title for reading in options],
            upload.reading,
            f"mask_reading_{key}",
            lambda index: selection.change_mask(picture, replace(upload, reading=index)),
        )
    elif not options[0].documented:
        st.info(f"Read by {escape_markdown(options[0].title)}.", icon=":material/info:")
    if len(upload.turns.options) > 1:
        st.info(escape_markdown(upload.turns.reason), icon=":material/screen_rotation:")
        _choice(
            "How is the mask to be turned?",
            [turn.title for turn in upload.turns.options],
            upload.turn,
            f"mask_turn_{key}",
            lambda index: selection.change_mask(picture, replace(upload, turn=index)),
        )
    if not truth.complete:
        st.caption("The scores appear once this is chosen.")


def _name(selection: Selection, picture: Picture, truth: GroundTruth) -> None:
    def remove() -> None:
        selection.masks.pop(picture.digest, None)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{escape_markdown(truth.name)}, read as classes of {escape_markdown(truth.dataset.title)}", width="content"
        )
        st.button("Remove", key="remove_truth", icon=":material/close:", type="tertiary", on_click=remove)


def _choice(
    question: str, titles: Sequence[str], chosen: int | None, key: str, choose: Callable[[int | None], None]
) -> None:
    st.selectbox(
        question,
        range(len(titles)),
        index=chosen,
        format_func=lambda index: titles[index],
        placeholder="Choose",
        key=key,
        on_change=lambda: choose(st.session_state[key]),
        width=420,
    )
