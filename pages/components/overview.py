"""The entry page: what SegDeck is, its models, and the way to the other pages."""

import streamlit as st

from models import registry
from models.runs import Run
from pages.components import emptiness
from pages.components.frame import plain
from pages.components.left_out import left_out
from pages.components.model_table import columns, model_table
from pages.components.selection import selection

COMPARE = "pages/1_Compare.py"


def overview() -> None:
    """Draw the page."""
    st.title("See what segmentation models see", anchor=False)
    st.markdown(
        "SegDeck shows what semantic-segmentation models make of a picture, pixel by pixel and side by side. Drop in a "
        "photograph of a pet, a street or a shelf of groceries, and look at every model's answer at once."
    )
    runs = registry.runs()
    ready = any(run.weights.is_file() for run in runs)
    if ready and st.button("Compare models on a picture", type="primary", icon=":material/compare:"):
        st.switch_page(COMPARE)
    st.header("Models", anchor=False)
    if runs:
        _models(runs)
    else:
        emptiness.no_models()
    left_out()


def _models(runs: list[Run]) -> None:
    """Draw the table; models chosen in it can be taken to the Compare page."""
    table = model_table(runs)
    event = st.dataframe(
        table,
        hide_index=True,
        column_config=columns(),
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        key="model_table",
    )
    rows = event.selection.rows
    usable = [runs[row].name for row in rows if row < len(runs) and runs[row].weights.is_file()]
    if usable:
        if st.button(f"Compare {plain(', '.join(usable))}"):
            selection().models = usable
            st.switch_page(COMPARE)
    else:
        st.caption("Click a column's name to sort. Tick models to take them to the Compare page.")
