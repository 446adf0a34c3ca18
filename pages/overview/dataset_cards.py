"""One card per dataset: a description, the models trained on it, and links."""

from collections.abc import Sequence

import streamlit as st

from data import datasets
from data.dataset import Dataset
from models.runs.model import Model
from pages.shared.content import dataset_facts
from pages.shared.ui.layout import escape_markdown, path_of
from pages.shared.ui.text import few

CARDS_PER_ROW = 4
FEW = 4  # models named on a card


def draw_dataset_cards() -> None:
    """Draw a card for every dataset."""
    known = [datasets.get(name) for name in datasets.names()]
    for first in range(0, len(known), CARDS_PER_ROW):
        row = known[first : first + CARDS_PER_ROW]
        for column, dataset in zip(st.columns(CARDS_PER_ROW), row, strict=False):
            # Stretched, so that the links of all cards are on one line.
            with column.container(
                border=True, height="stretch", vertical_alignment="distribute", key=f"card_{dataset.name}"
            ):
                _draw_card(dataset, dataset_facts.runs_of(dataset))


def _draw_card(dataset: Dataset, runs: dict[str, Model]) -> None:
    with st.container():
        st.subheader(escape_markdown(dataset.title), anchor=False)
        st.markdown(escape_markdown(dataset_facts.describe(dataset)))
        st.caption(f"Licence: {escape_markdown(dataset.licence)}")
        st.markdown(escape_markdown(_models_text(list(runs))))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"links_{dataset.name}"):
        query = {"dataset": dataset.name}
        st.page_link(path_of("Datasets"), label="Look at it", icon=":material/dataset:", query_params=query)
        if ready := [name for name, run in runs.items() if run.is_ready]:
            st.page_link(
                path_of("Compare"),
                label="Compare its models",
                icon=":material/compare:",
                query_params={"models": ",".join(ready[:FEW])},
            )


def _models_text(names: Sequence[str]) -> str:
    if not names:
        return "No model has been trained on it yet."
    return f"{len(names)} {'model' if len(names) == 1 else 'models'}: {few(names, FEW)}"
