"""The Models page: the facts of one model, its card, scores, layers, recipe and downloads."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from models.added.model import AddedModel
from models.added.stored import StoredPredictions
from models.runs import registry
from models.runs.model import Model
from models.runs.run import Run
from pages.models import class_scores, description, downloads, layers, model_card, recipe
from pages.models.add_model import page as add_model
from pages.shared.content.model_table import SPLIT, columns, model_table, subsets
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui import cli_commands, empty_states, training_command
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import show_skipped_runs

FACTS = {"Parameters": ",.0f", "Size (MB)": ".1f", "mIoU": ".3f", "Pixel accuracy": ".3f", "Speed here (ms)": ".1f"}
"""Columns of the table of models that are shown as large figures, and their formats."""


def draw_page() -> None:
    """Draw the page."""
    st.title("Models", anchor=False)
    state = page_state("models")
    state.follow_link()
    if state.value("add", default=False):
        add_model.draw(state)
    else:
        _browse(state)
    state.write_link()


def _browse(state: PageState) -> None:
    """Draw the choice of a model, and what there is to see of it."""
    runs = runs_by_name(registry.models())
    problems_at_top = st.container()
    names = list(runs)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if names:
            name = st.selectbox("Model", names, width=360, **state.widget("model", names[0], names, always=True))
        st.button("Add a model", icon=":material/add:", key="models_open_add", on_click=state.set, args=("add", True))
    if not names:
        empty_states.no_models()
        return
    run = runs[name]
    row = model_table([run]).iloc[0]
    _about(run, row)
    _facts(run, row)
    views = _views(run)
    options = list(views)
    if not run.is_ready:
        options = ["Recipe"] if isinstance(run, Run) else ["Description"]
        consequence = "This run has no weights, so there is nothing to count, score or download. Its recipe is here."
        empty_states.no_weights({name: run}, consequence)
    view = st.segmented_control(
        "View", options, required=True, label_visibility="collapsed", **state.widget("view", options[0], options)
    )
    with error_boundary(view):
        views[view](state, name)
    state.show_problems(problems_at_top)
    show_skipped_runs()


def _about(run: Model, row: "pd.Series[Any]") -> None:
    """Describe the model in one line; ``row`` is its row in the table of all models."""
    network, size, state = (escape_markdown(row[column]) for column in ("Network", "Input", "State"))
    dataset = escape_markdown(run.dataset.title)
    if run.dataset.homepage:
        dataset = f"[{dataset}]({run.dataset.homepage})"
    trained = "on" if isinstance(run, Run) else "for the classes of" if run.dataset.homepage else "for the"
    classes = f"with {len(run.label_space.scored)} classes"
    seeing = f"seeing pictures at {size} pixels, " if run.input_size else ""
    st.markdown(f"**{network}** {trained} {dataset}, {seeing}{classes}. {state}.")


def _facts(run: Model, row: "pd.Series[Any]") -> None:
    """Draw the figures of a model with their meanings; ``row`` is its row in the table of all models."""
    about = columns()
    with st.container(horizontal=True, gap="medium", key="model_facts"):
        for title, form in FACTS.items():
            value = "–" if pd.isna(row[title]) else format(row[title], form)
            st.metric(about[title]["label"] or title, value, help=about[title]["help"], width="content")
            if title == "mIoU":
                for subset, mean in subsets(run).items():
                    classes = ", ".join(run.subsets[subset])
                    over = f"On the {SPLIT} split: mean IoU over these classes only: {classes}."
                    st.metric(f"mIoU {subset} ({SPLIT})", format(mean, form), help=over, width="content")
        if not isinstance(run, Run):
            return
        gmacs = layers.known_gmacs(run)
        help_text = (
            "Billions of multiply-accumulate operations for one picture at the network's size, in its convolutions. "
            "One is two floating-point operations."
        )
        if gmacs is None:
            help_text += " They are counted when you open the layers below."
        st.metric("GMACs", "–" if gmacs is None else f"{gmacs:.2f}", help=help_text, width="content")


def _card(run: Run) -> None:
    if run.card is None:
        st.info(
            "This run has no card yet; publishing writes one. Only a run that is finished and scored can be published.",
            icon=":material/description:",
        )
        training_command.show(cli_commands.publish(run))
    else:
        model_card.draw(run.card, run.path)


def _views(model: Model) -> dict[str, Callable[[PageState, str], None]]:
    """Return what there is to see of a model: titles, and functions that draw with the page's state and its name."""
    if isinstance(model, AddedModel | StoredPredictions):
        return {
            "Description": lambda state, _name: description.draw(state, model),
            "Classes": lambda state, name: class_scores.draw(state, name, model),
        }
    assert isinstance(model, Run)
    return {
        "Card": lambda _state, _name: _card(model),
        "Classes": lambda state, name: class_scores.draw(state, name, model),
        "Layers": lambda _state, _name: layers.draw(model),
        "Recipe": lambda _state, _name: recipe.draw(model),
        "Downloads": lambda _state, name: downloads.draw(name, model),
    }
