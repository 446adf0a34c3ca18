"""What to say where there is nothing yet."""

import streamlit as st


def no_models() -> None:
    """Say how to get a model."""
    st.info(
        "There is no model yet. Train one with these two commands, then open this page again.", icon=":material/info:"
    )
    st.code(
        "python -m data.prepare oxford_iiit_pet\npython -m train configs/pets_unet.yaml --run-dir runs/pets_unet",
        language="bash",
    )
    st.caption(
        "The first downloads the Oxford-IIIT Pet pictures, the second trains a small U-Net on them. A training appears "
        "here as soon as its first epoch is done. A copy of the repository with models in models/zoo needs no training."
    )
