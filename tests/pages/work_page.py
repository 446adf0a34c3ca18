"""A page with nothing but work of four slow steps; served by a browser test."""

import time
from functools import partial

import streamlit as st

from pages.components.work import Step, carry_out

NAMES = ("one", "two", "three", "four")
SECONDS = 1.5


@st.cache_data(show_spinner=False)
def result(name: str, _compute: bool = True) -> str:
    """Take a while and keep the result, as ``answers`` does."""
    if not _compute:
        raise LookupError
    time.sleep(SECONDS)
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
    for found in carry_out("slow", steps, "Doing", "The result", "a test").values():
        st.write(found)
    st.write("The end")
