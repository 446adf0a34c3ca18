"""The offer to predict the images of a split once, where the pixels behind a figure were not saved yet."""

import itertools
from collections.abc import Sequence

import streamlit as st

from data import datasets
from data.shared_classes import shared_classes
from pages.shared.content.scores import Scores
from pages.shared.ui import background_command, cli_commands
from pages.shared.ui.background_command import Command
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.text import listed

_ASKED = "predict_once_asked"
"""The session's key of the titles of the commands that this visitor asked for, in order."""


def draw(one: Scores, what: str) -> None:
    """Say that the predictions were not saved, and offer to make them or show how far that is.

    ``what`` are the pixels that cannot be shown, such as "the pixels of cat taken for dog".
    """
    offer([one], f"Where {what} are is not known yet: the predictions that were scored were not saved.")


def offer(missing: Sequence[Scores], text: str) -> None:
    """Offer to predict the images of a split once with some models, one after the other, or show how far that is.

    ``missing`` are those whose predictions are not saved; ``text`` says what these would show.
    """
    background_command.rerun_if_ended()
    one = missing[0]
    title = _title(one)
    command = background_command.slot().command
    if command is not None and not command.done:
        _draw_running(command, title)
        return
    if command is not None and _is_next(title, command):
        _start_one(one)
        st.rerun()
    if command is not None and command.title == title and command.problem:
        st.error(escape_markdown(sentence(command.problem)), icon=":material/error:")
    count = len(one.counts.ids)
    with_whom = f" with {escape_markdown(listed([each.name for each in missing]))}" if len(missing) > 1 else ""
    st.info(escape_markdown(text), icon=":material/grid_on:")
    if not one.run.is_ready:
        st.caption(escape_markdown(f"{one.name} can't predict here: {one.run.missing_weights_reason()}."))
    elif has_usual_classes(one):
        st.button(
            f"Predict the {count:,} image{'' if count == 1 else 's'} once{with_whom}",
            key="predict_once",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(missing,),
        )
        st.caption("The model is scored again on the same images, and what it predicts is kept in the cache.")
    else:
        st.caption("A file said what the model's classes mean here; score it with that file and save what it predicts:")
        st.code(cli_commands.save_predictions(one.run, one.split, one.dataset, "FILE"), language="bash")


def has_usual_classes(one: Scores) -> bool:
    """Return whether scoring a model again, with no file of what its classes mean, gives scores in the same classes."""
    if one.is_own:
        return True
    if one.dataset not in datasets.names():
        return False
    theirs, mine = datasets.get(one.dataset).label_space, one.run.label_space
    usual = shared_classes(one.run.dataset, datasets.get(one.dataset))
    return [(entry.name, entry.model_classes, entry.dataset_classes) for entry in one.shared] == [
        (each.name, tuple(map(mine.names.__getitem__, each.first)), tuple(map(theirs.names.__getitem__, each.second)))
        for each in usual
    ]


def _draw_running(command: Command, title: str) -> None:
    if command.title != title:
        st.info("Another evaluation is running; the predictions can be made when it has ended.", icon=":material/sync:")
    background_command.draw_progress(command, "stop_predicting")


def _is_next(title: str, ended: Command) -> bool:
    """Return whether this visitor asked for a command to follow the one that has ended."""
    asked = itertools.pairwise(st.session_state.get(_ASKED, []))
    return not ended.problem and not ended.stopped and (ended.title, title) in asked


def _title(one: Scores) -> str:
    return f"{one.name} on {one.dataset_title}, {one.split}"


def _start(missing: Sequence[Scores]) -> None:
    """Start the command of the first model, and remember that the others are to follow."""
    st.session_state[_ASKED] = [_title(one) for one in missing]
    _start_one(missing[0])


def _start_one(one: Scores) -> None:
    """Start the command, unless another visitor has just started one."""
    arguments = cli_commands.save_predictions_arguments(one.run, one.split, one.dataset)
    background_command.slot().start(_title(one), arguments)
