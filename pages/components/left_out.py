"""Names the folders among the runs that cannot be shown."""

import streamlit as st

from models import registry
from pages.components.frame import plain


def left_out() -> None:
    """Name the folders that are no sound runs, if any; closed at first."""
    broken = registry.broken()
    if not broken:
        return
    count = len(broken)
    with st.expander(
        f"{count} {'folder' if count == 1 else 'folders'} could not be read as a model", icon=":material/warning:"
    ):
        for _, reason in broken:
            st.markdown(f"- {plain(reason)}")
