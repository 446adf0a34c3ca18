"""Tables whose rows can be clicked on."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.ui.clicks import clickable


def show_clickable(table: pd.DataFrame, key: str, picked: Callable[[int], None], **options: Any) -> None:
    """Draw a table without its index.

    Args:
        table: The table.
        key: Identifies it on the page.
        picked: Called with the position of the row that was selected, before the page is drawn again.
        options: More arguments of ``st.dataframe``.
    """
    clicks = clickable(key, "rows", picked)
    st.dataframe(table, hide_index=True, height="content", selection_mode="single-row", **clicks, **options)
