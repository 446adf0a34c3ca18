"""The table of all models, in which models can be selected for the Compare page."""

from collections.abc import Mapping

import streamlit as st

from models.runs.model import Model
from pages.compare.state import current_selection
from pages.shared.content.model_table import SPLIT, columns, model_table, subsets
from pages.shared.ui import tables
from pages.shared.ui.layout import escape_markdown, path_of


def draw_models_table(runs: Mapping[str, Model]) -> None:
    """Draw the table, and a button that opens the selected models on the Compare page."""
    table = model_table(list(runs.values()))
    event = tables.show(
        table,
        column_config=columns(),
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        key="model_table",
        alt="Models",
    )
    names = [table["Model"][row] for row in event.selection.rows if row < len(table)]
    if usable := [name for name in names if runs[name].is_ready]:
        if st.button(f"Compare {escape_markdown(', '.join(usable))}"):
            current_selection().choose_models(usable)
            st.switch_page(path_of("Compare"))
    else:
        st.caption("Click a column's name to sort. Tick models to compare them.")
    _draw_subset_scores(runs)


def _draw_subset_scores(runs: Mapping[str, Model]) -> None:
    """Draw the mIoU over subsets of the classes, for which the table has no room."""
    for name, run in runs.items():
        for subset, value in subsets(run).items():
            classes = run.subsets[subset]
            st.caption(
                f"{escape_markdown(name)}: mIoU {value:.3f} on {SPLIT} over the {len(classes)} classes of "
                f"“{escape_markdown(subset)}”: {escape_markdown(', '.join(classes))}."
            )
