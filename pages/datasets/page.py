"""The Datasets page: what each dataset holds, how much of each class, its pictures with their masks."""

from functools import partial

import numpy as np
import streamlit as st

from data import datasets as known_datasets
from data.dataset import Dataset
from data.store import Samples
from models.runs.run import Run
from pages.datasets import class_table, image_browser
from pages.shared.content import class_counts, dataset_facts
from pages.shared.content.class_counts import Counts
from pages.shared.content.dataset_facts import Files
from pages.shared.content.model_table import SPLIT, scores, state
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import error_boundary, escape_markdown, path_of
from pages.shared.ui.page_state import page_state
from pages.shared.ui.task_runner import Step, run_steps

USES = {
    "train": "Models learn from these.",
    "val": "Models are scored on these, and the best epoch of a training is chosen on them.",
    "test": "Kept apart from training and from the choice of its best epoch.",
}
"""What the splits are for."""


def datasets() -> None:
    """Draw the page."""
    st.title("Datasets", anchor=False)
    problems = st.container()
    chosen = page_state("datasets")
    chosen.follow_link()
    known = {name: known_datasets.get(name) for name in known_datasets.names()}
    first = next((name for name, dataset in known.items() if dataset_facts.files(dataset).samples), next(iter(known)))
    name = st.segmented_control(
        "Dataset",
        list(known),
        format_func=lambda one: known[one].title,
        required=True,
        wrap=True,
        **image_browser.from_first_page(chosen, "dataset", first, list(known)),
    )
    dataset = known[name]
    files = dataset_facts.files(dataset)
    _facts(dataset, files)
    counts = _counts(dataset, files.samples)
    st.header("Classes", anchor=False)
    with error_boundary("The classes"):
        class_table.classes(chosen, dataset, counts)
    if files.samples:
        st.header("Pictures and masks", anchor=False)
        with error_boundary("The pictures"):
            image_browser.pictures(chosen, dataset, files.samples, counts)
    _how_to_get(dataset, files)
    _models(dataset, dataset_facts.models(dataset))
    chosen.show_problems(problems)
    chosen.write_link()


def _facts(dataset: Dataset, files: Files) -> None:
    """Draw what the dataset is, and how much of it is here."""
    st.markdown(escape_markdown(dataset_facts.about(dataset)))
    with st.container(horizontal=True, gap="large"):
        for split, count in files.counts.items():
            use = USES.get(split, "")
            about = f"Pictures with a mask in the split {split}, as far as they are on this computer. {use}"
            st.metric(f"Pictures, {split}", f"{count:,}", width="content", help=about)
        st.metric("Classes", len(dataset.label_space.scored), width="content", help="Scored ones; void is none.")
    address = escape_markdown(dataset.homepage)
    st.markdown(f"Licence: {escape_markdown(dataset.licence)}. Homepage: [{address}]({dataset.homepage})")
    if files.fault:
        st.error(escape_markdown(files.fault), icon=":material/error:")
    elif not files.counts:
        st.info(
            f"The pictures are not on this computer: {escape_markdown(str(files.folder))} is not there. How to get them is said "
            "below; what their classes are is known without them.",
            icon=":material/download:",
        )
    elif not files.samples:
        st.info(
            "The files are here, but not prepared yet. Do it with this command, then open this page again.",
            icon=":material/hourglass:",
        )
        st.code(cli_commands.prepare(dataset), language="bash")


def _counts(dataset: Dataset, samples: dict[str, Samples]) -> Counts:
    """Count the pixels of every class in every picture, as far as that has not been done; it can be stopped."""
    steps, place = {}, {}
    for split, members in samples.items():
        for piece in class_counts.pieces(members):
            name = f"{split} {piece.start + 1} to {piece.stop}"
            place[name] = split
            steps[name] = Step(partial(class_counts.known, members, piece), partial(class_counts.count, members, piece))
    done = run_steps("class_counts", steps, "Counting the masks of", "The count of", dataset.name)
    return {
        split: np.concatenate([done[name] for name in steps if place[name] == split])
        for split in samples
        if all(name in done for name in steps if place[name] == split)
    }


def _how_to_get(dataset: Dataset, files: Files) -> None:
    """Say where the files come from; open at first where they are not here."""
    with st.expander("How to get the files", expanded=not files.counts, icon=":material/download:"):
        if dataset.archives:
            st.markdown(
                f"This downloads the files ({escape_markdown(dataset_facts.size(dataset.archives))}), checks them against known "
                "checksums and prepares them. Files that are in place are taken as they are."
            )
        else:
            st.markdown(f"Put the files into {escape_markdown(str(files.folder))}, then prepare them:")
        st.code(cli_commands.prepare(dataset), language="bash")
        for archive in dataset.archives:
            st.markdown(f"- {escape_markdown(archive.url)} ({escape_markdown(dataset_facts.size([archive]))})")
        st.caption(
            f"They belong in {escape_markdown(str(files.folder))}. Another place can be named in $SEGDECK\\_DATA."
        )


def _models(dataset: Dataset, runs: dict[str, Run]) -> None:
    """Draw the models that were trained on the dataset, with the way to each."""
    st.header("Models trained on it", anchor=False)
    if not runs:
        st.markdown("None yet.")
    for name, run in runs.items():
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"links_{name}"):
            found = scores(run)
            score = found.miou if found else None
            told = "not scored on val yet" if score is None else f"mIoU {score:.3f} on val"
            st.markdown(f"**{escape_markdown(name)}**  \n{told}, {state(run).lower()}", width=260)
            if run.weights.is_file():
                st.page_link(path_of("Compare"), label="Compare", query_params={"models": name})
            if score is not None:
                link = {"dataset": dataset.name, "split": SPLIT, "models": name}
                st.page_link(path_of("Evaluation"), label="Evaluation", query_params=link)
            st.page_link(path_of("Models"), label="Model card", query_params={"model": name})
