"""The Overview page."""

import streamlit as st

from models.runs import registry
from pages.compare import inputs
from pages.compare.state import current_selection
from pages.overview.dataset_cards import draw_dataset_cards
from pages.overview.models_table import draw_models_table
from pages.shared.content import latency
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui import empty_states
from pages.shared.ui.layout import error_boundary, pages, path_of
from pages.shared.ui.skipped_runs import show_skipped_runs

PURPOSES = {
    "Compare": "Drop in pictures, or use the samples, and see the masks of several models side by side.",
    "Training": "Overlay the curves of any trainings, running ones included, and watch masks take shape.",
    "Evaluation": "See which model is better and by how much, and where each fails: by class and by picture.",
    "Datasets": "See what the models were trained on: classes, their shares, pictures with masks, licences.",
    "Models": "Read a model's card, its layers and its recipe, and download it to use it elsewhere.",
    "Video": "Watch your camera or a video file through several models at once, live, and see how fast each is.",
}
"""The purpose of each page, by its title."""


def draw_page() -> None:
    """Draw an introduction, the models and datasets, and links to the other pages."""
    st.title("See what segmentation models see", anchor=False)
    st.markdown(
        "SegDeck shows what semantic-segmentation models predict for a picture, pixel by pixel and side by side. Drop "
        "in a photograph of a pet, a street or a shelf of groceries, and see the masks of all models at once."
    )
    runs = runs_by_name(registry.models())
    if any(run.is_ready for run in runs.values()):
        _draw_start()
    st.header("Models", anchor=False)
    if runs:
        table = st.container()
        with error_boundary("The speed"):
            latency.measure_button(runs)
        with table:  # drawn after measuring, so that it has the new latencies
            draw_models_table(runs)
        show_skipped_runs()
    else:
        empty_states.no_models()
    st.header("Datasets", anchor=False)
    with error_boundary("The datasets"):
        draw_dataset_cards()
    st.header("What the pages are for", anchor=False)
    for path, title in pages():
        if title in PURPOSES:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"links_{title}"):
                st.page_link(path, label=f"**{title}**", width=110)
                st.markdown(PURPOSES[title], width="content")


def _draw_start() -> None:
    """Draw an uploader that leads to the Compare page, and a button that opens that page without an upload."""
    selection = current_selection()
    if selection.awaited:
        st.switch_page(path_of("Compare"))
    inputs.upload(selection, then=lambda: setattr(selection, "awaited", True))
    if st.button("Compare models on a picture", type="primary", icon=":material/compare:"):
        st.switch_page(path_of("Compare"))
