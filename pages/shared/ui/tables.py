"""Tables, also those whose rows can be clicked on."""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from configs import csv_tables
from pages.shared.ui import charts
from pages.shared.ui.clicks import clickable

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


def show(table: "pd.DataFrame | Styler", *, alt: str, **options: Any) -> Any:
    """Draw a table without its index; ``alt`` and ``options`` are more arguments of ``st.dataframe``.

    Streamlit's own button that saves a table writes cells as they are, so a table with a cell that a spreadsheet would
    run has another button instead.
    """
    content = table if isinstance(table, pd.DataFrame) else table.data
    if not csv_tables.has_formulas(content):
        return st.dataframe(table, hide_index=True, alt=alt, **options)
    name = sha256(alt.encode()).hexdigest()[:8]
    with st.container(key=f"guarded_{name}", gap="xsmall"):  # layout.css hides Streamlit's button in it
        event = st.dataframe(table, hide_index=True, alt=alt, **options)
        charts.save(lambda: content, f"table_{name}")
    return event


def show_clickable(table: pd.DataFrame, key: str, picked: Callable[[int], None], **options: Any) -> None:
    """Draw a table whose rows can be clicked on.

    Args:
        table: The table.
        key: Identifies it on the page.
        picked: Called with the position of the row that was selected, before the page is drawn again.
        options: More arguments of ``show``.
    """
    show(table, height="content", selection_mode="single-row", **clickable(key, "rows", picked), **options)
