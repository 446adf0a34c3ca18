"""What to say where there is nothing yet."""

import streamlit as st

from pages.components import commands


def no_models() -> None:
    """Say how to get a model."""
    st.info(
        "There is no model yet. Train one with these two commands, then open this page again.", icon=":material/info:"
    )
    st.code(commands.first_model(), language="bash")
    st.caption(
        "The first downloads the Oxford-IIIT Pet pictures, the second trains a small U-Net on them. The training is on "
        "the Training page as soon as it begins, and its model answers on the Compare page once the first epoch is "
        "done. A copy of the repository with models in models/zoo needs no training."
    )
