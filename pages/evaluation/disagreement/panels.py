"""The pictures of an image on which two models differ: photograph, truth, both answers, and which of them is right."""

from collections.abc import Hashable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from configs.errors import UserError
from data import strips
from data.label_maps import overlay
from models.analysis import disagreement
from models.analysis.disagreement import AREAS
from pages.evaluation.disagreement.pair import Pair
from pages.shared.content.class_legend import class_legend
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

OPENED = "opened"
"""The state's name of the image that is shown large."""


def legends(pair: Pair) -> None:
    """Draw the legends of the classes and of the four areas."""
    for title, space in (("Truth, A and B", pair.space), ("Which is right", AREAS)):
        with st.container(gap="xsmall"):
            st.caption(title)
            st.html(class_legend(space))


def strip(pair: Pair, image_id: str) -> NDArray[np.uint8]:
    """Return the five pictures of an image side by side, ``(H, W, 4)``, computed once."""
    return _strip(image_id, pair.key, pair)


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(image_id: str, key: Hashable, _pair: Pair) -> NDArray[np.uint8]:
    return strips.side_by_side(_panels(_pair, image_id)[0])


def _panels(pair: Pair, image_id: str) -> tuple[list[NDArray[np.uint8]], list[int]]:
    """Return the five pictures of an image, each ``(H, W, 3)``, and its pixels in each of the four areas."""
    photograph, answers = pair.sample(image_id).image, pair.answers(image_id)
    kinds = disagreement.areas(answers.truth, answers.a, answers.b, pair.space)
    maps = [(plane, pair.space) for plane in (answers.truth, answers.a, answers.b)] + [(kinds, AREAS)]
    pixels = disagreement.class_counts(answers.truth, kinds, pair.space).sum(axis=0)
    return [photograph, *(overlay(photograph, *one, strips.OPACITY) for one in maps)], pixels.tolist()


def open_image(state: PageState, image_id: str) -> None:
    """Show an image large from the next run on."""
    state.set(OPENED, image_id)


def draw_opened(state: PageState, pair: Pair) -> None:
    """Show the image that was opened, if any, in a dialog with the five pictures in full size."""
    image_id = state.value(OPENED, "", ["", *pair.samples.ids])
    if not image_id:
        return
    dialog = st.dialog(escape_markdown(image_id), width="large", on_dismiss=lambda: state.set(OPENED, ""))
    dialog(lambda: _draw_large(pair, image_id))()


def _draw_large(pair: Pair, image_id: str) -> None:
    a, b = pair.a.scores.name, pair.b.scores.name
    try:
        with st.spinner("Looking at the image"):
            pictures, pixels = _panels(pair, image_id)
    except UserError as error:
        st.info(escape_markdown(str(error)), icon=":material/image_not_supported:")
        return
    total = max(1, sum(pixels))
    shares = ", ".join(
        f"{name} {pixels[area] / total:.1%}" for area, name in zip(AREAS.scored, AREAS.names, strict=False)
    )
    st.caption(escape_markdown(f"A is {a}, B is {b}. Of the {total:,} scored pixels: {shares}."))
    legends(pair)
    with st.container(horizontal=True, gap="small"):
        for title, picture in zip(
            ("Photograph", "Truth", f"A: {a}", f"B: {b}", "Which is right"), pictures, strict=True
        ):
            st.image(picture, caption=escape_markdown(title), width=300, alt=f"{image_id}: {title}")
