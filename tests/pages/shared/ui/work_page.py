"""A page with nothing but work of four steps, each of which waits until it may end; served by a browser test."""

import os
import time
from functools import partial
from pathlib import Path

import streamlit as st

from pages.shared.ui.task_runner import Step, run_steps

NAMES = ("one", "two", "three", "four")
FOLDER = "SEGDECK_TEST_WORK"
"""Environment variable with the folder in which a file of a step's name lets the step end."""


@st.cache_data(show_spinner=False)
def result(name: str, _compute: bool = True) -> str:
    """Wait until the step may end and keep the result, as ``answers`` does."""
    if not _compute:
        raise LookupError
    while not Path(os.environ[FOLDER], name).exists():
        time.sleep(0.05)
    return f"result of {name}"


def known(name: str) -> str | None:
    """Return the result if it is there."""
    try:
        return result(name, _compute=False)
    except LookupError:
        return None


# Written as the script that Streamlit runs: importing it for its names must not start the work.
if __name__ == "__main__":
    steps = {name: Step(partial(known, name), partial(result, name)) for name in NAMES}
    for found in run_steps("slow", steps, "Doing", "The result", "a test").values():
        st.write(found)
    st.write("The end")
