"""One card per dataset: what it is, what was trained on it, and the way there."""

from collections.abc import Sequence

import streamlit as st

from data import datasets
from data.dataset import Dataset
from models.runs.run import Run
from pages.shared.content import dataset_facts
from pages.shared.ui.layout import escape_markdown, path_of
from pages.shared.ui.text import few

IN_A_ROW = 4
FEW = 4
"""Models named on a card; of more, the first ones."""


def cards() -> None:
    """Draw a card for every dataset."""
    known = [datasets.get(name) for name in datasets.names()]
    for first in range(0, len(known), IN_A_ROW):
        row = known[first : first + IN_A_ROW]
        for column, dataset in zip(st.columns(IN_A_ROW), row, strict=False):
            # The links stand in one line, however long the cards' words are.
            with column.container(
                border=True, height="stretch", vertical_alignment="distribute", key=f"card_{dataset.name}"
            ):
                _card(dataset, dataset_facts.models(dataset))


def _card(dataset: Dataset, runs: dict[str, Run]) -> None:
    """Draw the content of a card."""
    with st.container():
        st.subheader(escape_markdown(dataset.title), anchor=False)
        st.markdown(escape_markdown(dataset_facts.about(dataset)))
        st.caption(f"Licence: {escape_markdown(dataset.licence)}")
        st.markdown(escape_markdown(_trained(list(runs))))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"links_{dataset.name}"):
        st.page_link(
            path_of("Datasets"), label="Look at it", icon=":material/dataset:", query_params={"dataset": dataset.name}
        )
        ready = [name for name, run in runs.items() if run.weights.is_file()]
        if ready:
            st.page_link(
                path_of("Compare"),
                label="Compare its models",
                icon=":material/compare:",
                query_params={"models": ",".join(ready[:FEW])},
            )


def _trained(names: Sequence[str]) -> str:
    """Say which models were trained on a dataset."""
    if not names:
        return "No model was trained on it yet."
    return f"{len(names)} {'model' if len(names) == 1 else 'models'}: {few(names, FEW)}"
