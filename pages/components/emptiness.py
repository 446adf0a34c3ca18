"""What to say where there is nothing yet."""

import shlex

import streamlit as st

from data import datasets
from models import registry
from pages.components import dataset_facts


def no_models() -> None:
    """Say how to get a model."""
    st.info(
        "There is no model yet. Train one with these two commands, then open this page again.", icon=":material/info:"
    )
    st.code(commands(), language="bash")
    st.caption(
        "The first downloads the Oxford-IIIT Pet pictures, the second trains a small U-Net on them. The training is on "
        "the Training page as soon as it begins, and its model answers on the Compare page once the first epoch is "
        "done. A copy of the repository with models in models/zoo needs no training."
    )


def commands() -> str:
    """Return the commands that make a first model, where the pages look for it."""
    runs = registry.runs_dir()
    short = runs.relative_to(registry.ROOT) if runs.is_relative_to(registry.ROOT) else runs
    place = shlex.quote(str(short / "pets_unet"))
    train = f"python -m train configs/pets_unet.yaml{dataset_facts.data_option()} --run-dir {place}"
    return f"{dataset_facts.command(datasets.get('oxford_iiit_pet'))}\n{train}"
