"""The pictures of a dataset with their masks, filtered by split and class and divided into pages."""

from collections.abc import Sequence
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
from pages.shared.ui.pagination import page_count, pagination

PER_PAGE = 12
ANY_CLASS = ""
"""The value of the class filter that lets every picture pass."""


def draw_images(state: PageState, dataset: Dataset, samples: dict[str, Samples], counts: Counts) -> None:
    """Draw the choice of split and class, and a page of the matching pictures; ``counts`` may lack splits."""
    space = dataset.label_space
    split, name = _choose_filter(state, list(samples), space)
    members = samples[split]
    if name == ANY_CLASS:
        matching, about = list(range(len(members))), f"{len(members)} pictures of the split {split}"
    elif split in counts:
        matching = class_counts.showing(counts[split], space.id_of(name))
        about = f"{len(matching)} of {len(members)} pictures of the split {split} show {name}, the largest share first"
    else:
        shown = escape_markdown(name)
        st.info(f"The pictures that show {shown} cannot be listed without the class counts (see above).")
        return
    if not matching:
        st.info(f"No picture of the split {split} shows {escape_markdown(name)}.", icon=":material/search_off:")
        return
    page = _page(state, f"{dataset.name} {split} {name}", escape_markdown(about), matching)
    st.html(class_legend(space))
    single_class = None if name == ANY_CLASS else space.id_of(name)
    with st.spinner("Opening the pictures"):
        tiles = [mask_tiles.load_tile(members, index, single_class) for index in page]
    modes = mask_tiles.MODES | ({mask_tiles.SINGLE_CLASS: f"Only {name}"} if single_class is not None else {})
    mode = state.widget("look", mask_tiles.OVERLAY, list(modes))
    mode_now = st.session_state[mode["key"]]
    compared = mask_tiles.draw_tiles(
        dataset.name, tiles, split, modes, mode_now, lambda value: _choose_by_hand(mode, value)
    )
    if compared:
        link = {"dataset": dataset.name, "split": split, "id": compared}
        st.switch_page(path_of("Compare"), query_params=link)


def from_first_page(state: PageState, name: str, default: str, options: list[str]) -> dict[str, Any]:
    """Return the arguments that bind a control to its value, as ``PageState.widget`` does, and reset the page to 1."""
    bound = state.widget(name, default, options, always=True)

    def remember(*arguments: str) -> None:
        bound["on_change"](*arguments)
        state.values.pop("page", None)

    return bound | {"on_change": remember}


def _choose_filter(state: PageState, splits: list[str], space: LabelSpace) -> tuple[str, str]:
    """Draw the choice of split and class; changing either returns to the first page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = "val" if "val" in splits else splits[0]
        split = st.segmented_control("Split", splits, required=True, **from_first_page(state, "split", first, splits))
        names = [ANY_CLASS, *space.names]
        bound = from_first_page(state, "class", ANY_CLASS, names)
        label = "Pictures that show"
        return split, st.selectbox(label, names, format_func=lambda name: name or "any class", width=260, **bound)


def _page(state: PageState, subject: str, about: str, matching: Sequence[int]) -> Sequence[int]:
    """Draw the buttons that turn the pages, and return the pictures on the page, whose number the address has."""
    bound = state.widget("page", "1", [str(number + 1) for number in range(page_count(matching, PER_PAGE))])
    number = int(st.session_state[bound["key"]])
    key = f"datasets_pages_{subject}"
    return pagination(matching, PER_PAGE, about, key, number, lambda page: _choose_by_hand(bound, str(page)))


def _choose_by_hand(bound: dict[str, Any], value: str) -> None:
    """Store the value of a control that Streamlit does not bind; ``bound`` is what ``PageState.widget`` returned."""
    st.session_state[bound["key"]] = value
    bound["on_change"](*bound["args"])
