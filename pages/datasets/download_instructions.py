"""How to download and prepare the files of a dataset."""

import streamlit as st

from configs import paths
from data import datasets
from data.added import training_config
from data.dataset import Dataset
from pages.shared.content import dataset_facts
from pages.shared.content.dataset_facts import DatasetFiles
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown


def draw_download_instructions(dataset: Dataset, files: DatasetFiles) -> None:
    """Draw the instructions, expanded if the files are missing, or how to use those of a dataset that was added."""
    if dataset.name not in datasets.built_in():
        _draw_use(dataset, files)
        return
    folder = escape_markdown(str(files.folder))
    with st.expander("How to get the files", expanded=not files.counts, icon=":material/download:"):
        if dataset.archives:
            st.markdown(
                f"This downloads the files ({escape_markdown(dataset_facts.download_size(dataset.archives))}), "
                "verifies their checksums and prepares them. Files that are already there are not downloaded again."
            )
        else:
            st.markdown(f"Put the files into {folder}, then prepare them:")
        st.code(cli_commands.prepare(dataset), language="bash")
        for archive in dataset.archives:
            st.markdown(f"- {escape_markdown(archive.url)} ({escape_markdown(dataset_facts.download_size([archive]))})")
        st.caption(f"The files belong in {folder}. Set $SEGDECK\\_DATA to use another data folder.")


def _draw_use(dataset: Dataset, files: DatasetFiles) -> None:
    """Draw how to prepare an added dataset, train on it, and remove it."""
    with st.expander("How to use it", expanded=not files.samples, icon=":material/terminal:"):
        folder = escape_markdown(str(files.folder))
        st.markdown(f"The pictures and labels are read from {folder}. Prepare them, then train a first network:")
        config = paths.data_dir() / dataset.name / training_config.FILE
        commands = [cli_commands.prepare(dataset), *([cli_commands.train_config(config)] if config.is_file() else [])]
        st.code("\n".join(commands), language="bash")
        st.markdown("This removes the dataset from SegDeck, but none of its pictures and labels:")
        st.code(cli_commands.remove_dataset(dataset), language="bash")
