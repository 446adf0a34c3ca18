"""Names what cannot be shown, in one line that opens: folders that are no runs, evaluations that cannot be used."""

from collections.abc import Sequence

import streamlit as st

from models.runs import registry
from pages.shared.ui.layout import escape_markdown, sentence


def left_out() -> None:
    """Name the folders that are no sound runs, if any; closed at first."""
    broken = [reason for _, reason in registry.invalid_runs()]
    count = len(broken)
    notice(f"{count} {'folder' if count == 1 else 'folders'} could not be read as a model", broken)


def notice(title: str, reasons: Sequence[str]) -> None:
    """Draw one line that opens to a list of sentences, or nothing if there are none."""
    if reasons:
        with st.expander(title, icon=":material/warning:"):
            st.markdown("\n".join(f"- {escape_markdown(sentence(reason))}" for reason in reasons))
