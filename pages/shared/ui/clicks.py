"""Clicks on the points of a chart and the rows of a table, each told once."""

from collections.abc import Callable
from typing import Any

import streamlit as st


def clickable(key: str, part: str, picked: Callable[[Any], None]) -> dict[str, Any]:
    """Return the key of a chart or table, and the callback that tells ``picked`` what was clicked on.

    Args:
        key: Identifies it on the page.
        part: What Streamlit selects in it: ``points`` or ``rows``.
        picked: Called with the point or row, before the page is drawn again.
    """
    # What was clicked on stays selected, and another click would only deselect it; with a new key all begins anew.
    clicks = f"{key}_clicks"
    own_key = f"{key}_{st.session_state.get(clicks, 0)}"

    def told() -> None:
        for one in st.session_state[own_key].selection[part][:1]:
            st.session_state[clicks] = st.session_state.get(clicks, 0) + 1
            picked(one)

    return {"key": own_key, "on_select": told}
