"""The pictures of a dataset with their masks: a page of them at a time, by split and class."""

from typing import Any

import streamlit as st

from data.dataset import Dataset
from data.label_space import LabelSpace
from data.store import Samples
from pages.datasets.mask_tiles import component as mask_tiles
from pages.shared.content import class_counts
from pages.shared.content.class_counts import Counts
from pages.shared.content.class_legend import class_legend
from pages.shared.ui.layout import escape_markdown, path_of
from pages.shared.ui.page_state import PageState

AT_ONCE = 12
"""Pictures of one page."""
ALL = ""
"""Stands for pictures of whatever class."""


def pictures(chosen: PageState, dataset: Dataset, samples: dict[str, Samples], counts: Counts) -> None:
    """Draw the choice of split and class, and a page of the pictures that fit.

    Args:
        chosen: The visitor's choices.
        dataset: The dataset.
        samples: Its splits; not empty.
        counts: Pixels per picture and class of the splits that have been counted.
    """
    space = dataset.label_space
    split, name = _choose(chosen, list(samples), space)
    members = samples[split]
    if name == ALL:
        fitting, told = list(range(len(members))), f"{len(members)} pictures of the split {split}"
    elif split in counts:
        fitting = class_counts.showing(counts[split], space.id_of(name))
        told = f"{len(fitting)} of {len(members)} pictures of the split {split} show {name}, the largest share first"
    else:
        st.info("Which pictures show a class is known once the masks of the split have been counted, see above.")
        return
    if not fitting:
        st.info(f"No picture of the split {split} shows {escape_markdown(name)}.", icon=":material/search_off:")
        return
    page = _page(chosen, f"{dataset.name} {split} {name}", escape_markdown(told), fitting)
    st.html(class_legend(space))
    only = None if name == ALL else space.id_of(name)
    with st.spinner("Opening the pictures"):
        entries = [mask_tiles.tile(members, index, only) for index in page]
    looks = mask_tiles.LOOKS | ({mask_tiles.ONLY: f"Only {name}"} if only is not None else {})
    look = chosen.widget("look", mask_tiles.OVERLAY, list(looks))
    picked = mask_tiles.tiles(
        dataset.name,
        entries,
        split,
        looks,
        st.session_state[look["key"]],
        "dataset_tiles",
        lambda value: _choose_by_hand(look, value),
    )
    if picked:
        link = {"dataset": dataset.name, "split": split, "id": picked}
        st.switch_page(path_of("Compare"), query_params=link)


def from_first_page(chosen: PageState, name: str, default: str, options: list[str]) -> dict[str, Any]:
    """Return the arguments that bind a control to its value, as ``PageState.widget`` does; it also turns to page 1."""
    bound = chosen.widget(name, default, options, always=True)

    def remember(*arguments: str) -> None:
        bound["on_change"](*arguments)
        chosen.values.pop("page", None)

    return bound | {"on_change": remember}


def _choose(chosen: PageState, splits: list[str], space: LabelSpace) -> tuple[str, str]:
    """Draw the choice of split and class; another one begins with its first page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = "val" if "val" in splits else splits[0]
        split = st.segmented_control("Split", splits, required=True, **from_first_page(chosen, "split", first, splits))
        names = [ALL, *space.names]
        name = st.selectbox(
            "Pictures that show",
            names,
            format_func=lambda one: one or "any class",
            width=260,
            **from_first_page(chosen, "class", ALL, names),
        )
    return split, name


def _page(chosen: PageState, subject: str, told: str, fitting: list[int]) -> list[int]:
    """Draw the buttons that turn the pages, and return what is on the page."""
    count = -(-len(fitting) // AT_ONCE)
    bound = chosen.widget("page", "1", [str(number) for number in range(1, count + 1)])
    page, buttons = int(st.session_state[bound["key"]]), f"datasets_pages_{subject}"
    first = (page - 1) * AT_ONCE
    shown = fitting[first : first + AT_ONCE]
    if st.session_state.get(buttons, page) != page:  # a link leads to another page than the buttons did
        st.session_state[buttons] = page

    def turn() -> None:
        _choose_by_hand(bound, str(st.session_state[buttons]))

    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if count > 1:
            st.pagination(count, default=page, key=buttons, on_change=turn)
        st.caption(f"{first + 1} to {first + len(shown)} of {told}", width="content")
    return shown


def _choose_by_hand(bound: dict[str, Any], value: str) -> None:
    """Take over a value from a control that does not keep it itself; ``bound`` is what ``widget`` returned."""
    st.session_state[bound["key"]] = value
    bound["on_change"](*bound["args"])
