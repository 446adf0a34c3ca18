"""Adding a model on the Models page: choose the files, see what they say, answer the rest, look at a mask, save."""

from itertools import chain, count
from pathlib import Path
from typing import Any

import streamlit as st

from configs import paths
from configs.errors import UserError
from models.added import adding
from models.added.adding import Staged
from models.added.describing import Answers, describe
from models.added.description import Description
from models.added.model import FORMATS
from pages.models.add_model import preview, told, upload
from pages.models.add_model.candidate import Addition, Candidate
from pages.models.add_model.form import Form
from pages.models.messages import without_options
from pages.shared.content.images import Picture
from pages.shared.ui import cli_commands, visitor
from pages.shared.ui.layout import error_boundary, escape_markdown, path_of, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.task_runner import Step, run_steps


def draw(state: PageState) -> None:
    """Draw the section; ``state`` has ``add`` set while it is open."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Add a model", anchor=False, width="content")
        leave: dict[str, Any] = {"on_click": state.set, "args": ("add", False)}
        st.button("Back to the models", icon=":material/arrow_back:", key="models_add_back", **leave)
    if not visitor.may_add():
        st.info(
            "On this server, models are added in a terminal only, with the command below. Starting it with the "
            "environment variable SEGDECK\\_ADDING=on allows it on this page, to everyone who can open it.",
            icon=":material/lock:",
        )
        st.code(cli_commands.add_model(), language="bash")
        return
    addition = st.session_state.setdefault("models_addition", Addition())
    if addition.candidate is not None and _look(addition, addition.candidate):
        return
    if addition.added:
        _draw_added(state, addition.added)
    upload.draw(addition)


def _look(addition: Addition, candidate: Candidate) -> bool:
    """Look at a candidate and draw the form; return False if it is refused."""
    name = candidate.source.name
    step = Step(cached=lambda: candidate.outcome, compute=candidate.look)
    outcome = run_steps("models_add", {name: step}, "Looking at", "The inspection", candidate.key).get(name)
    if isinstance(outcome, UserError):
        addition.drop(str(outcome))
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape_markdown(name)}**", width="content")
        st.button("Start again", icon=":material/restart_alt:", key="models_add_again", on_click=addition.drop)
    if outcome is not None:
        _draw_form(addition, candidate, outcome)
    return True


@st.fragment
def _draw_form(addition: Addition, candidate: Candidate, staged: Staged) -> None:
    """Draw the facts, the questions, the mask, and the button that saves the model."""
    with error_boundary("The form"):
        facts, key = staged.facts, f"models_add_{candidate.key}"
        weights = "an unknown number of" if facts.parameters is None else f"{facts.parameters:,}"
        producer = f", written by {escape_markdown(facts.producer.rstrip('.'))}" if facts.producer else ""
        st.markdown(f"{FORMATS[facts.format]} with {weights} parameters{producer}.")
        for warning in facts.warnings:
            st.warning(escape_markdown(warning), icon=":material/warning:")
        picture = preview.choose_picture(addition, facts.guesses.class_names.value or ())
        before, after, beside = st.columns([3, 3, 2], gap="medium")
        pixels = preview.pixels_of(picture)
        before.image(pixels, caption=escape_markdown(picture.name), width="stretch", alt="The check picture")
        below, sure = st.columns([5, 3], gap="medium")
        form = Form(facts, key, beside, below.container())
        answers = form.answers()
        with sure:
            told.draw(facts)
        name = _name(staged, key)
        senseless = bool(form.problems)
        save = st.button("Save", type="primary", icon=":material/save:", key=f"{key}_save", disabled=senseless)
        with after:
            described = None if senseless else _described(staged, form, answers)
            for problem in form.problems:
                st.error(escape_markdown(sentence(problem)), icon=":material/error:")
            if described is not None:
                _draw_mask(candidate, described, picture)
        if save and described is not None:
            _save(addition, staged, described, name)


def _described(staged: Staged, form: Form, answers: Answers) -> Description | None:
    """Return the description that the answers give; None, and the reason in the form's problems, if they don't fit."""
    try:
        return describe(staged.facts, staged.original, answers)
    except UserError as error:
        form.problems.append(without_options(str(error)))
        return None


def _draw_mask(candidate: Candidate, described: Description, picture: Picture) -> None:
    """Draw the mask of the check picture, and what ONNX Runtime makes of it."""
    with error_boundary("The mask"), st.spinner("Asking the model"):
        assert candidate.trial is not None, "there is a trial as soon as there is an outcome"
        pixels = preview.pixels_of(picture)
        try:
            mask = candidate.trial.mask(described, picture.digest, pixels)
        except UserError as error:
            raise UserError(without_options(str(error))) from error
        preview.draw_mask(pixels, mask)
        preview.draw_agreement(candidate, described, picture)


def _name(staged: Staged, key: str) -> str:
    """Draw the field for the model's name, at first one that is free."""
    default = free_name(adding.default_name(Path(staged.original)))
    about = "Letters, digits, _, - and ., at most 80."
    name = st.text_input("Name", default, help=about, width=340, key=f"{key}_name", persist_state="session")
    return name.strip()


def free_name(name: str) -> str:
    """Return ``name``, with a number behind it if there is such a model already."""
    others = (f"{name}_{number}" for number in count(2))
    return next(one for one in chain([name], others) if not _taken(one))


def _taken(name: str) -> bool:
    return any((folder / name).exists() for folder in (paths.zoo_dir(), paths.runs_dir()))


def _save(addition: Addition, staged: Staged, described: Description, name: str) -> None:
    """Move the candidate among the models."""
    with st.spinner("Saving"):
        try:
            model = adding.save(staged, described, name)
        except UserError as error:
            raise UserError(without_options(str(error))) from error
    addition.finish(model.name)
    st.rerun()


def _draw_added(state: PageState, name: str) -> None:
    """Draw where to go with the model that was just added."""
    st.success(f"**{escape_markdown(name)}** is added.", icon=":material/check:")
    with st.container(horizontal=True, vertical_alignment="center", key="links_added"):
        st.page_link(
            path_of("Compare"), label="Compare it on pictures", icon=":material/compare:", query_params={"models": name}
        )
        see: dict[str, Any] = {"on_click": _open, "args": (state, name)}
        st.button("See it on this page", icon=":material/description:", key="models_add_see", **see)


def _open(state: PageState, name: str) -> None:
    state.set("model", name)
    state.set("add", False)
