"""The Datasets page: the facts, classes and pictures of each dataset."""

import streamlit as st

from data import datasets
from data.dataset import Dataset
from pages.datasets.add_form import draw_add_form
from pages.datasets.class_table import draw_classes
from pages.datasets.download_instructions import draw_download_instructions
from pages.datasets.image_browser import draw_images, from_first_page
from pages.datasets.trained_models import draw_trained_models
from pages.shared.content import dataset_facts
from pages.shared.content.class_counts import Counts
from pages.shared.content.dataset_facts import DatasetFiles
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import page_state

SPLIT_PURPOSES = {
    "train": "Models learn from these.",
    "val": "Models are scored on these, and they decide the best epoch of a training.",
    "test": "Never used for training or for choosing its best epoch.",
}


def draw_page() -> None:
    """Draw the page."""
    st.title("Datasets", anchor=False)
    problems = st.container()
    state = page_state("datasets")
    state.follow_link()
    known = {name: datasets.get(name) for name in datasets.names()}
    prepared = [name for name, dataset in known.items() if dataset_facts.find_files(dataset).samples]
    names = list(known)
    bound = from_first_page(state, "dataset", (prepared or names)[0], names)
    name = st.segmented_control(
        "Dataset", names, format_func=lambda name: known[name].title, required=True, wrap=True, **bound
    )
    dataset = known[name]
    files = dataset_facts.find_files(dataset)
    _draw_facts(dataset, files)
    counts: Counts = {}
    with error_boundary("The class counts"):
        counts = {split: samples.class_pixels() for split, samples in files.samples.items()}
    st.header("Classes", anchor=False)
    with error_boundary("The classes"):
        draw_classes(state, dataset, counts)
    if files.samples:
        st.header("Pictures and masks", anchor=False)
        with error_boundary("The pictures"):
            draw_images(state, dataset, files.samples, counts)
    draw_download_instructions(dataset, files)
    draw_trained_models(dataset)
    draw_add_form(state)
    state.show_problems(problems)
    state.write_link()


def _draw_facts(dataset: Dataset, files: DatasetFiles) -> None:
    """Draw what the dataset is, and which of its files are on this computer."""
    st.markdown(escape_markdown(dataset_facts.describe(dataset)))
    with st.container(horizontal=True, gap="large"):
        for split, count in files.counts.items():
            purpose = SPLIT_PURPOSES.get(split, "")
            about = f"Pictures with a mask in the split {split} that are on this computer. {purpose}"
            st.metric(f"Pictures, {split}", f"{count:,}", width="content", help=about)
        st.metric("Classes", len(dataset.label_space.scored), width="content", help="Scored classes, without void.")
    homepage = f" Homepage: [{escape_markdown(dataset.homepage)}]({dataset.homepage})" if dataset.homepage else ""
    st.markdown(f"Licence: {escape_markdown(dataset.licence)}.{homepage}")
    if files.problem:
        st.error(escape_markdown(files.problem), icon=":material/error:")
    elif not files.counts:
        st.info(
            f"The pictures are not on this computer: {escape_markdown(str(files.folder))} does not exist. See below "
            "how to get them; the classes are known without them.",
            icon=":material/download:",
        )
    elif not files.samples:
        text = "The files are here but not prepared yet. Run this command, then reload the page."
        st.info(text, icon=":material/hourglass:")
        st.code(cli_commands.prepare(dataset), language="bash")
