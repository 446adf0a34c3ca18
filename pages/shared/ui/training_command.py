"""Shows commands that need more than what serves the dashboard."""

import streamlit as st

from configs import installed


def show(command: str) -> None:
    """Draw a command that prepares a dataset, trains or evaluates, and what to install if it can't run here."""
    st.code(command, language="bash")
    note("This command")


def note(task: str) -> None:
    """Say what ``task`` needs and how to install it, unless it is there."""
    if sentence := installed.lacking(task, *installed.TRAINING):
        st.caption(f"{sentence}.")
