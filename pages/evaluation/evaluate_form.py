"""The form that scores any model on any dataset: ``python -m train.evaluate`` in the background."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from configs import files, paths
from configs.errors import UserError
from data import class_map, datasets
from data.shared_classes import Meanings, shared_classes
from models.added.stored import StoredPredictions
from models.runs.model import Model
from pages.shared.content import dataset_facts
from pages.shared.content.scores import ALL_CLASSES
from pages.shared.ui import background_command, cli_commands
from pages.shared.ui.background_command import Command
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.text import listed
from pages.shared.ui.uploader import kept_file

_STARTED = "evaluation_started"
"""The session's key of the evaluation that this visitor started and has not seen the result of."""
KEPT_SECONDS = 3600
"""Seconds for which an uploaded class map is kept."""


@dataclass(frozen=True)
class Started:
    """An evaluation that a visitor started, and where its result will be."""

    command: Command
    dataset: str
    split: str
    classes: str


@dataclass(frozen=True)
class ClassMap:
    """An uploaded file that says what classes mean: its name, its text, and what it says."""

    name: str = ""
    text: str = ""
    meanings: Meanings = field(default_factory=dict)

    def stored(self) -> Path | None:
        """Write the text where a command can read it; return None if nothing was uploaded."""
        if not self.text:
            return None
        folder = paths.cache_dir() / "class_maps"
        path = folder / f"{sha256(self.text.encode()).hexdigest()}.yaml"
        files.write_text(path, self.text)
        for other in folder.iterdir():  # a command reads its own when it starts
            if other != path and other.stat().st_mtime < time.time() - KEPT_SECONDS:
                other.unlink(missing_ok=True)
        return path


def show_result(state: PageState) -> None:
    """Show the leaderboard with the result of the evaluation that this visitor started, once, when it has ended."""
    background_command.note_ended()
    started: Started | None = st.session_state.get(_STARTED)
    if started is None or not started.command.done:
        return
    del st.session_state[_STARTED]
    if not started.command.problem and not started.command.stopped:
        state.values |= {"dataset": started.dataset, "split": started.split, "scored": started.classes}
        state.values.pop("models", None)
        st.toast(f"{escape_markdown(started.command.title)}: done", icon=":material/check:")


def draw(state: PageState, runs: Mapping[str, Model], *, expanded: bool = False) -> None:
    """Draw the form, or the progress of the evaluation that is running; all visitors see the same one."""
    background_command.rerun_if_ended()
    command = background_command.slot().command
    running = command is not None and not command.done
    with st.expander("Evaluate a model", icon=":material/fact_check:", expanded=expanded or command is not None):
        if command is not None and running:
            background_command.draw_progress(command)
            st.caption("Only one evaluation runs at a time. It goes on if you leave this page.")
            return
        if command is not None:
            _draw_outcome(command)
        _draw_form(state, {name: run for name, run in runs.items() if run.is_ready})


def _draw_outcome(command: Command) -> None:
    """Say how the last evaluation ended."""
    title = escape_markdown(command.title)
    if command.problem:
        st.error(f"{title}: {escape_markdown(sentence(command.problem))}", icon=":material/error:")
    elif command.stopped:
        st.info(f"{title}: stopped. Nothing was changed.", icon=":material/stop_circle:")
    else:
        st.success(f"{title}: done. The scores are in the leaderboard.", icon=":material/check:")


def _draw_form(state: PageState, ready: Mapping[str, Model]) -> None:
    """Draw the choice of model, dataset and split, what classes mean, and the button."""
    here = _splits_here()
    if not ready or not here:
        what = "model with weights" if not ready else f"dataset in {paths.data_dir()}"
        st.caption(escape_markdown(f"There is no {what}, so nothing can be evaluated."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.selectbox("Model to evaluate", list(ready), width=260, **_bound(state, "evaluate", list(ready)))
        run = ready[name]
        splits = _splits_for(run, here)
        options = list(splits)
        suited = [one for one in options if _classes(run, one, {}) is not None]
        first = run.dataset.name if run.dataset.name in options else (suited or options)[0]
        binding = state.widget("evaluate_on", first, options)
        dataset = st.selectbox("On the dataset", options, width=220, format_func=_title, **binding)
        names = sorted(splits[dataset], key=lambda split: (split != "val", split))
        split = st.selectbox("Split to evaluate", names, width=160, **_bound(state, "evaluate_split", names))
    uploaded = ClassMap() if dataset == run.dataset.name else _upload(run, dataset)
    classes = None if uploaded is None else _classes(run, dataset, uploaded.meanings)
    st.button(
        "Evaluate",
        key="evaluate_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=classes is None,
        on_click=_start,
        args=(run, dataset, split, classes, uploaded),
    )
    if uploaded is None:
        return
    if classes is None:
        text = f"{name} and {_title(dataset)} have no two classes in common; a file can say what the model's mean."
        st.warning(escape_markdown(text), icon=":material/join_inner:")
    elif classes != ALL_CLASSES:
        st.caption(escape_markdown(f"Scored in the classes that both know: {classes}."))
    st.caption("The same on the command line:")
    st.code(cli_commands.evaluate(run, split, dataset, uploaded.name), language="bash")


def _upload(run: Model, dataset: str) -> ClassMap | None:
    """Draw the upload of a file that says what the model's classes mean there; None if it is not valid."""
    about = (
        "Optional: YAML with lines such as `kitty: cat`, a class of the model and the dataset's class that means the "
        "same, or a list of concepts. Classes that are not in the file keep the meaning of their names."
    )
    file = kept_file(
        "What its classes mean there", f"evaluate_class_map_{run.name}_{dataset}", type=["yaml", "yml"], help=about,
        width=520, max_upload_size=1,
    )  # fmt: skip
    if file is None:
        return ClassMap()
    name, content = file
    try:
        text = content.decode("utf-8-sig")
        return ClassMap(name, text, class_map.parse(text, name, run.dataset, datasets.get(dataset)))
    except UnicodeDecodeError:
        problem = f"{name}: is not UTF-8 text"
    except UserError as error:
        problem = str(error)
    st.error(escape_markdown(sentence(problem)), icon=":material/error:")
    return None


def _start(run: Model, dataset: str, split: str, classes: str, uploaded: ClassMap) -> None:
    """Start an evaluation, unless another visitor has just started one."""
    title = f"{run.name} on {_title(dataset)}, {split}"
    arguments = cli_commands.evaluate_arguments(run, split, dataset, uploaded.stored())
    command = background_command.slot().start(title, arguments)
    if command is not None:
        st.session_state[_STARTED] = Started(command, dataset, split, classes)


def _classes(run: Model, dataset: str, meanings: Meanings) -> str | None:
    """Name the classes in which a model is scored on a dataset, as the leaderboard does; None if there are none."""
    if dataset == run.dataset.name:
        return ALL_CLASSES
    shared = shared_classes(run.dataset, datasets.get(dataset), meanings=meanings)
    return listed([one.name for one in shared]) if shared else None


def _splits_here() -> dict[str, list[str]]:
    """Return the splits of the datasets whose files are on this computer, by name."""
    counts = {name: dataset_facts.find_files(datasets.get(name)).counts for name in datasets.names()}
    return {name: list(splits) for name, splits in counts.items() if splits}


def _splits_for(run: Model, here: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the datasets and splits that a model can be scored on: stored predictions belong to one split."""
    if isinstance(run, StoredPredictions):
        return {run.description.dataset: [run.description.split]}
    return dict(here)


def _bound(state: PageState, name: str, options: list[str]) -> dict[str, Any]:
    """Bind a control that starts with its first option."""
    return state.widget(name, options[0], options)


def _title(dataset: str) -> str:
    return datasets.get(dataset).title
