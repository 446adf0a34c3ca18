"""Tables whose rows can be clicked on."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st


def show_clickable(table: pd.DataFrame, key: str, picked: Callable[[int], None], **options: Any) -> None:
    """Draw a table without its index.

    Args:
        table: The table.
        key: Identifies it on the page.
        picked: Called with the position of the row that was selected, before the page is drawn again.
        options: More arguments of ``st.dataframe``.
    """
    # The row would stay selected, and another click only deselect it; with a new key the table begins anew.
    clicks = f"{key}_clicks"
    own_key = f"{key}_{st.session_state.get(clicks, 0)}"

    def told() -> None:
        for row in st.session_state[own_key].selection.rows[:1]:
            st.session_state[clicks] = st.session_state.get(clicks, 0) + 1
            picked(row)

    st.dataframe(
        table, hide_index=True, height="content", key=own_key, on_select=told, selection_mode="single-row", **options
    )
