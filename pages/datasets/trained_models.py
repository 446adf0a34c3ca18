"""The models that were trained on a dataset, with links to their pages."""

import streamlit as st

from data.dataset import Dataset
from pages.shared.content import dataset_facts
from pages.shared.content.model_table import SPLIT, scores
from pages.shared.ui.layout import escape_markdown, path_of


def draw_trained_models(dataset: Dataset) -> None:
    """Draw one row per model."""
    st.header("Models trained on it", anchor=False)
    runs = dataset_facts.runs_of(dataset)
    if not runs:
        st.markdown("None yet.")
    for name, run in runs.items():
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"links_{name}"):
            found = scores(run)
            miou = found.miou if found else None
            result = f"not scored on {SPLIT} yet" if miou is None else f"mIoU {miou:.3f} on {SPLIT}"
            st.markdown(f"**{escape_markdown(name)}**  \n{result}, {run.state.lower()}", width=260)
            if run.is_ready:
                st.page_link(path_of("Compare"), label="Compare", query_params={"models": name})
            if miou is not None:
                link = {"dataset": dataset.name, "split": SPLIT, "models": name}
                st.page_link(path_of("Evaluation"), label="Evaluation", query_params=link)
            st.page_link(path_of("Models"), label="Model card", query_params={"model": name})
