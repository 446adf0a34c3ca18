"""What a page had to skip, such as folders that are not valid runs, in a collapsed line."""

from collections.abc import Sequence

import streamlit as st

from models.runs import registry
from pages.shared.ui.layout import escape_markdown, sentence


def show_skipped_runs() -> None:
    """List the folders that are not valid runs, if any."""
    broken = [reason for _, reason in registry.invalid_models()]
    count = len(broken)
    expandable_list(f"{count} {'folder' if count == 1 else 'folders'} could not be read as a model", broken)


def expandable_list(title: str, reasons: Sequence[str]) -> None:
    """Draw a line that expands to a list of sentences, or nothing if there are none."""
    if reasons:
        with st.expander(title, icon=":material/warning:"):
            st.markdown("\n".join(f"- {escape_markdown(sentence(reason))}" for reason in reasons))
