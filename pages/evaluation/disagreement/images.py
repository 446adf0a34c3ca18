"""The images on which two models differ, as strips, in the order of their difference."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from configs import column_names
from configs.errors import UserError
from pages.evaluation.disagreement import panels
from pages.evaluation.disagreement.pair import Pair
from pages.shared.content.scores import Scores
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState
from pages.shared.ui.pagination import page_count, pagination

Item = TypeVar("Item")

LARGEST, A_FIRST, B_FIRST = "Largest difference", "A better", "B better"
DIFFERENCE = "Difference of mIoU"
PER_PAGE = 6
STRIPS = "strips"
"""The state's name of the page of strips."""


def columns(a: Scores, b: Scores) -> list[str]:
    """Return the columns of the mIoU of two models in a table of images: their names, set apart from the others."""
    return column_names.apart([a.name, b.name], ("Image", DIFFERENCE))


def ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Sort images by the difference of their mIoU; equal ones keep their order."""
    key = abs if order == LARGEST else None
    return table.sort_values(DIFFERENCE, key=key, ascending=order == B_FIRST, kind="stable")


def draw(state: PageState, pair: Pair, table: pd.DataFrame) -> None:
    """Draw the choice of the order, and a page of strips; ``table`` has the id, both mIoU and their difference."""
    a, b = pair.a.scores, pair.b.scores
    st.subheader("Images side by side", anchor=False)
    orders = [LARGEST, A_FIRST, B_FIRST]
    order = st.segmented_control("First", orders, required=True, **from_the_start(state, "first", orders, STRIPS))
    rows = ordered(table, order)
    ids = rows["Image"].tolist()
    if not ids:
        st.info("No image has a mIoU in both models.", icon=":material/search_off:")
        return
    how = (
        "saved when they were scored"
        if pair.is_saved
        else "computed now, with the models' usual arithmetic, if not saved"
    )
    st.caption(
        escape_markdown(
            f"Photograph, truth, A ({a.name}), B ({b.name}), and which of them is right. Predictions: {how}."
        )
    )
    panels.legends(pair)
    differences = dict(zip(ids, rows[[*columns(a, b), DIFFERENCE]].itertuples(index=False), strict=True))
    for image_id in turned(state, STRIPS, ids, PER_PAGE, f"{len(ids)} images", f"{a.name}_{b.name}_{order}"):
        in_a, in_b, difference = differences[image_id]
        with st.container(gap="xsmall"):
            try:
                with st.spinner(f"Comparing {escape_markdown(image_id)}"):
                    picture = panels.strip(pair, image_id)
            except UserError as error:
                st.info(escape_markdown(str(error)), icon=":material/image_not_supported:")
                return
            st.image(picture, width="stretch", alt=f"{image_id}: photograph, truth, {a.name}, {b.name}, which is right")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                about = f"{image_id}: A {in_a:.3f}, B {in_b:.3f}, difference {difference:+.3f}"
                st.caption(escape_markdown(about), width="content")
                enlarge(state, image_id, f"strip_{image_id}")


def enlarge(state: PageState, image_id: str, key: str) -> None:
    """Draw the button that shows an image large."""
    args = (state, image_id)
    st.button(
        "Enlarge",
        key=f"enlarge_{key}",
        type="tertiary",
        icon=":material/zoom_in:",
        on_click=panels.open_image,
        args=args,
    )


def from_the_start(state: PageState, name: str, options: list[str], page: str) -> dict[str, Any]:
    """Bind a control that starts with its first option; another choice turns to the first ``page`` of a list."""
    binding = state.widget(name, options[0], options)

    def chosen(*args: str) -> None:
        binding["on_change"](*args)
        state.set(page, "1")

    return binding | {"on_change": chosen}


def turned(
    state: PageState, name: str, items: Sequence[Item], per_page: int, about: str, subject: str
) -> Sequence[Item]:
    """Draw the buttons that turn the pages of a list, whose number the address has, and return those on the page."""
    number = int(state.value(name, "1", [str(number + 1) for number in range(page_count(items, per_page))]))
    key = f"evaluation_{name}_{subject}"
    return pagination(items, per_page, about, key, number, lambda page: state.set(name, str(page)))
