"""The entry page: what SegDeck is, its models and datasets, and the way to the other pages."""

import streamlit as st

from models.runs import registry
from models.runs.run import Run
from pages.compare import inputs
from pages.compare.state import selection
from pages.overview.dataset_cards import cards
from pages.shared.content import latency
from pages.shared.content.model_table import SPLIT, columns, model_table, subsets
from pages.shared.content.run_names import named
from pages.shared.ui import empty_states
from pages.shared.ui.layout import error_boundary, escape_markdown, pages, path_of
from pages.shared.ui.skipped_runs import show_skipped_runs

PURPOSES = {
    "Compare": "Drop in pictures, or take samples, and see the masks of several models side by side.",
    "Training": "Overlay the curves of any trainings, those going on included, and watch masks take shape.",
    "Evaluation": "See which model is better and by how much, and where each fails: by class and by picture.",
    "Datasets": "See what the models learnt from: classes, their shares, pictures with masks, licences.",
    "Models": "Read a model's card, its layers and its recipe, and take it away to use it elsewhere.",
}
"""What each page is for, by its title."""


def overview() -> None:
    """Draw the page."""
    st.title("See what segmentation models see", anchor=False)
    st.markdown(
        "SegDeck shows what semantic-segmentation models make of a picture, pixel by pixel and side by side. Drop in a "
        "photograph of a pet, a street or a shelf of groceries, and look at every model's answer at once."
    )
    runs = named(registry.runs())
    if any(run.weights.is_file() for run in runs.values()):
        _begin()
    st.header("Models", anchor=False)
    if runs:
        table = st.container()
        with error_boundary("The speed"):
            latency.measuring(runs)
        with table:  # drawn after measuring, so that it has the new figures
            _models(runs)
        show_skipped_runs()
    else:
        empty_states.no_models()
    st.header("Datasets", anchor=False)
    with error_boundary("The datasets"):
        cards()
    st.header("What the pages are for", anchor=False)
    for path, title in pages():
        if title in PURPOSES:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"links_{title}"):
                st.page_link(path, label=f"**{title}**", width=110)
                st.markdown(PURPOSES[title], width="content")


def _begin() -> None:
    """Draw the way to masks: pictures of the visitor's own, which lead to the Compare page, or that page itself."""
    given = "overview_given"
    if st.session_state.pop(given, False):
        st.switch_page(path_of("Compare"))
    inputs.upload(selection(), then=lambda: st.session_state.update({given: True}))
    if st.button("Compare models on a picture", type="primary", icon=":material/compare:"):
        st.switch_page(path_of("Compare"))


def _models(runs: dict[str, Run]) -> None:
    """Draw the table; models chosen in it can be taken to the Compare page."""
    table = model_table(list(runs.values()))
    event = st.dataframe(
        table,
        hide_index=True,
        column_config=columns(),
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        key="model_table",
        alt="Models",
    )
    rows = event.selection.rows
    names = [table["Model"][row] for row in rows if row < len(table)]
    usable = [name for name in names if runs[name].weights.is_file()]
    if usable:
        if st.button(f"Compare {escape_markdown(', '.join(usable))}"):
            selection().choose_models(usable)
            st.switch_page(path_of("Compare"))
    else:
        st.caption("Click a column's name to sort. Tick models to take them to the Compare page.")
    _means_of_fewer(runs)


def _means_of_fewer(runs: dict[str, Run]) -> None:
    """Tell the means over fewer classes, which the table has no room for."""
    for name, run in runs.items():
        for subset, value in subsets(run).items():
            classes = run.experiment.evaluate.subsets[subset]
            st.caption(
                f"{escape_markdown(name)}: mIoU {value:.3f} on {SPLIT} over its {len(classes)} classes "
                f"“{escape_markdown(subset)}”, which are {escape_markdown(', '.join(classes))}."
            )
