"""Looking through the pictures of prepared datasets, to open one."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from data import datasets
from data.store import Samples
from pages.compare.thumbnail_strip.component import picker
from pages.shared.content import class_counts, dataset_items
from pages.shared.content.dataset_items import Place
from pages.shared.content.images import Picture, dataset_picture
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState, page_state

AT_ONCE = 24
"""Thumbnails of one page."""


def browse(shown: Picture, choose: Callable[[Picture], None]) -> None:
    """Draw the choice of dataset and split, and a page of thumbnails; nothing is built.

    Args:
        shown: The picture shown.
        choose: Called with the picture that the visitor clicks, before the page is drawn anew.
    """
    found, missing = dataset_items.at_hand()
    if not found:
        st.info("No dataset is prepared here. One of these commands prepares one:", icon=":material/info:")
        st.code("\n".join(cli_commands.prepare(datasets.get(name)) for name in missing), language="bash")
        return
    chosen = page_state("browse")
    with st.container(border=True, gap="small"):
        dataset, split, samples = _choose_split(chosen, found, shown)
        matching = _matching(chosen, samples)
        if matching:
            page = _page(f"{dataset}_{split}_{len(matching)}", matching)
            _thumbnails(dataset, split, [samples.ids[index] for index in page], shown.digest, choose)
        else:
            st.info("No picture fits; choose fewer classes or another name.", icon=":material/search_off:")
        if missing:
            names = ", ".join(
                f"{datasets.get(name).title} (`{cli_commands.prepare(datasets.get(name))}`)" for name in missing
            )
            st.caption(f"Not prepared here: {names}.")


def _choose_split(
    chosen: PageState, found: Mapping[str, Mapping[str, Samples]], shown: Picture
) -> tuple[str, str, Samples]:
    """Draw the choice of dataset, split, classes and name; it begins with the dataset of the picture shown."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = list(found)
        first = shown.place.dataset if shown.place and shown.place.dataset in found else options[0]
        dataset = st.selectbox(
            "Dataset",
            options,
            format_func=lambda name: datasets.get(name).title,
            width=220,
            **chosen.widget("dataset", first, options),
        )
        splits = sorted(found[dataset], key=lambda name: (name != "val", name))
        split = st.segmented_control("Split", splits, required=True, **chosen.widget("split", splits[0], splits))
        samples = found[dataset][split]
        space = samples.label_space
        names = [space.names[index] for index in space.scored]
        st.multiselect("Shows all of", names, placeholder="Any class", width=260, **chosen.widget("classes", [], names))
        st.text_input("Name contains", width=180, **chosen.widget("name", ""))
    return dataset, split, samples


def _matching(chosen: PageState, samples: Samples) -> list[int]:
    """Return the positions of the pictures that show the chosen classes and have the chosen text in their name."""
    space = samples.label_space
    text = str(chosen.values.get("name", "")).strip().lower()
    classes = [name for name in chosen.values.get("classes", []) if name in space.names]
    fits = np.array([text in ident.lower() for ident in samples.ids], bool)
    if classes:
        with st.spinner("Reading the masks"):
            pixels = class_counts.whole(samples)
        fits &= (pixels[:, [space.id_of(name) for name in classes]] > 0).all(axis=1)
    return [int(index) for index in np.flatnonzero(fits)]


def _page(subject: str, matching: Sequence[int]) -> Sequence[int]:
    """Draw the buttons that turn the pages, and return what is on the page; another subject begins with its first."""
    pages = -(-len(matching) // AT_ONCE)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        page = st.pagination(pages, key=f"browse_page_{subject}") if pages > 1 else 1
        first = (page - 1) * AT_ONCE
        shown = matching[first : first + AT_ONCE]
        st.caption(f"{first + 1} to {first + len(shown)} of {len(matching)} pictures", width="content")
    return shown


def _thumbnails(dataset: str, split: str, ids: Sequence[str], selected: str, choose: Callable[[Picture], None]) -> None:
    with st.spinner(f"Opening pictures of {escape_markdown(datasets.get(dataset).title)}"):
        pictures = {
            picture.digest: picture for picture in (dataset_picture(Place(dataset, split, ident)) for ident in ids)
        }
        picker(list(pictures.values()), selected, "browse_pictures", lambda digest: choose(pictures[digest]), wrap=True)
