"""Browsing the pictures of prepared datasets to open one."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from data import datasets
from data.store import Samples
from pages.compare.thumbnail_strip.component import thumbnail_strip
from pages.shared.content import dataset_items
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import Picture, dataset_picture
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.pagination import pagination

THUMBNAILS_PER_PAGE = 24


def browse(shown: Picture, choose: Callable[[Picture], None]) -> None:
    """Draw the choice of dataset and split, and thumbnails that call ``choose`` when clicked; nothing is built."""
    prepared, missing = dataset_items.prepared_datasets()
    if not prepared:
        st.info("No dataset is prepared here. One of these commands prepares one:", icon=":material/info:")
        st.code("\n".join(cli_commands.prepare(datasets.get(name)) for name in missing), language="bash")
        return
    state = page_state("browse")
    with st.container(border=True, gap="small"):
        dataset, split, samples = _choose_split(state, prepared, shown)
        matching = _matching(state, samples)
        if matching:
            key = f"browse_page_{dataset}_{split}_{len(matching)}"
            page = pagination(matching, THUMBNAILS_PER_PAGE, f"{len(matching)} pictures", key)
            _thumbnails(dataset, split, [samples.ids[index] for index in page], shown.digest, choose)
        else:
            st.info("No picture matches; choose fewer classes or another name.", icon=":material/search_off:")
        if missing:
            commands = (f"{one.title} (`{cli_commands.prepare(one)}`)" for one in map(datasets.get, missing))
            st.caption(f"Not prepared here: {', '.join(commands)}.")


def _choose_split(
    state: PageState, prepared: Mapping[str, Mapping[str, Samples]], shown: Picture
) -> tuple[str, str, Samples]:
    """Draw the choice of dataset, split, classes and name; the default is the dataset of the picture shown."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = list(prepared)
        first = shown.item.dataset if shown.item and shown.item.dataset in prepared else options[0]
        dataset = st.selectbox(
            "Dataset",
            options,
            format_func=lambda name: datasets.get(name).title,
            width=220,
            **state.widget("dataset", first, options),
        )
        splits = sorted(prepared[dataset], key=lambda name: (name != "val", name))
        split = st.segmented_control("Split", splits, required=True, **state.widget("split", splits[0], splits))
        space = prepared[dataset][split].label_space
        names = [space.names[index] for index in space.scored]
        st.multiselect("Shows all of", names, placeholder="Any class", width=260, **state.widget("classes", [], names))
        st.text_input("Name contains", width=180, **state.widget("name", ""))
    return dataset, split, prepared[dataset][split]


def _matching(state: PageState, samples: Samples) -> list[int]:
    """Return the indices of the pictures that contain the chosen classes and have the chosen text in their name."""
    space = samples.label_space
    text = str(state.values.get("name", "")).strip().lower()
    classes = [space.id_of(name) for name in state.values.get("classes", []) if name in space.names]
    matches = np.array([text in name.lower() for name in samples.ids], bool)
    if classes:
        matches &= (samples.class_pixels()[:, classes] > 0).all(axis=1)
    return [int(index) for index in np.flatnonzero(matches)]


def _thumbnails(dataset: str, split: str, ids: Sequence[str], selected: str, choose: Callable[[Picture], None]) -> None:
    with st.spinner(f"Opening pictures of {escape_markdown(datasets.get(dataset).title)}"):
        opened = [dataset_picture(DatasetItem(dataset, split, name)) for name in ids]
        pictures = {picture.digest: picture for picture in opened}
        thumbnail_strip(
            list(pictures.values()), selected, "browse_pictures", lambda digest: choose(pictures[digest]), wrap=True
        )
