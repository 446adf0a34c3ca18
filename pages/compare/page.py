"""The Compare page: pictures in, one panel per model out, and below them what the answers amount to."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import pandas as pd
import streamlit as st

from configs.errors import UserError
from data import decode
from models.runs import registry
from models.runs.run import Run
from pages.compare.agreement import agreement, agreement_table
from pages.compare.download import takeaway
from pages.compare.ground_truth import Truth, truth_of, truth_panel
from pages.compare.ground_truth_view import truth_view
from pages.compare.inputs import inputs, strip
from pages.compare.objects_table import objects
from pages.compare.state import AGREEMENT, DOWNLOAD, OBJECTS, SHARES, TRUTH, VIEWS, Selection, selection
from pages.compare.viewer.component import Panel, duration, viewer
from pages.compare.viewer.model_panel import model_panel
from pages.shared.content import predictions
from pages.shared.content.images import Picture, display
from pages.shared.content.predictions import Answer, Found
from pages.shared.content.run_names import named
from pages.shared.ui import charts, empty_states
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.task_runner import Step, run_steps

FEW_MODELS = 8
"""Up to this many models, each has a button of its own; above, they are searched in a list."""


def compare() -> None:
    """Draw the page."""
    st.title("Compare", anchor=False)
    runs = named(registry.runs())
    models = {name: run for name, run in runs.items() if run.weights.is_file()}
    if not models:
        if runs:
            empty_states.no_weights(runs, "No model has weights yet, so there is none to ask.")
        else:
            empty_states.no_models()
        return
    choice = selection()
    for problem in choice.follow_link(models):
        st.warning(escape_markdown(problem), icon=":material/link_off:")
    left, right = st.columns(2, gap="medium")
    with left:
        source = inputs(choice)
    picture = choice.shown(models)
    with right:
        chosen = _choose_models(choice, models, picture)

    def head() -> None:
        """Draw what stands above the viewer, and prepare the photograph for it."""
        strip(choice, picture, source)
        choice.write_link(picture, chosen)
        with suppress(UserError):  # the viewer says so
            display(picture)

    _show(choice, picture, {name: models[name] for name in chosen}, head)


def _choose_models(choice: Selection, models: dict[str, Run], picture: Picture) -> list[str]:
    """Draw the choice of models and return the chosen names, in the order of the models."""
    key = "models"
    chosen = choice.chosen(models, picture)
    st.session_state[key] = chosen

    def remember() -> None:
        choice.choose_models(st.session_state[key])

    label, options, about = "Models", list(models), _models_help(models)
    if len(models) <= FEW_MODELS:
        st.pills(
            label,
            options,
            selection_mode="multi",
            format_func=escape_markdown,
            key=key,
            on_change=remember,
            help=about,
            wrap=True,
        )
    else:
        st.multiselect(label, options, key=key, on_change=remember, help=about)
    return [name for name in models if name in chosen]


def _models_help(models: Mapping[str, Run]) -> str:
    return "  \n".join(
        f"**{escape_markdown(name)}**: trained on {escape_markdown(run.dataset.title)}" for name, run in models.items()
    )


def _show(choice: Selection, picture: Picture, models: Mapping[str, Run], head: Callable[[], None]) -> None:
    """Draw the head, the viewer and what is told below it; a model that fails is named, the others still answer."""
    found = _ask(picture, models, head)
    if remark := decode.of_several(picture.content):
        st.info(escape_markdown(f"{picture.name} {remark}."), icon=":material/filter_none:")
    if not models:
        st.info("Choose at least one model above to see what it makes of this picture.", icon=":material/touch_app:")
    truth = truth_of(picture, choice.truths)
    with error_boundary("The viewer"):
        viewer(picture, _panels(picture, found, truth), key="viewer")
    if models:
        _views(choice, picture, models, found, truth)


def _ask(picture: Picture, models: Mapping[str, Run], meanwhile: Callable[[], None]) -> list[Found]:
    """Ask every model that has not answered yet, and do something else meanwhile."""
    steps: dict[str, Step[Answer]] = {
        name: Step(partial(predictions.known, picture, run), partial(predictions.answer, picture, run))
        for name, run in models.items()
    }
    # While one model's answer is packed up, the next one can predict.
    found = run_steps("answers", steps, "Asking", "The answer", picture.digest, at_once=2, meanwhile=meanwhile)
    return [(name, models[name], answer) for name, answer in found.items()]


def _panels(picture: Picture, found: Sequence[Found], truth: Truth | None) -> list[Panel]:
    """Return the panels beside the photograph: the ground truth, then the models', then where these differ."""
    panels = [model_panel(*one) for one in found]
    with error_boundary("The agreement of the models"):
        if compared := agreement(found):
            panels.append(compared)
    if truth:
        with error_boundary("The ground truth"):
            panels.insert(0, truth_panel(truth, picture))
    return panels


def _views(
    choice: Selection, picture: Picture, models: Mapping[str, Run], found: Sequence[Found], truth: Truth | None
) -> None:
    """Draw what is told below the viewer; only what is looked at is computed."""
    titles, title, key = list(VIEWS.values()), VIEWS[choice.view], "compare_view"
    st.session_state[key] = title
    tabs = st.tabs(titles, key=key, on_change=lambda: choice.choose_view(st.session_state[key]))
    with tabs[titles.index(title)], error_boundary(title):
        if title == TRUTH:
            truth_view(choice, picture, models, truth)
        elif not found:
            st.caption("There is nothing to tell, because no model has answered.")
        elif title == SHARES:
            _shares(found)
        elif title == OBJECTS:
            objects(picture, found)
        elif title == AGREEMENT:
            agreement_table(found)
        elif title == DOWNLOAD:
            takeaway(picture, found)


def _shares(found: Sequence[Found]) -> None:
    """Draw the table of all models' shares."""
    table = shares_table(found)
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 420),
        alt="Shares of the classes by model",
        column_config={
            "Share": st.column_config.NumberColumn(
                format="percent", help="Part of the picture's pixels, counted on the label map shown above."
            ),
            "Time": st.column_config.TextColumn(help="From the decoded picture to the label map, on this computer."),
        },
    )
    charts.save(lambda: table, "compare_shares")


def shares_table(found: Sequence[Found]) -> pd.DataFrame:
    """Return the share of every class that a model found: one row per model and class, largest first."""
    rows = [
        {"Model": name, "Dataset": run.dataset.title, "Class": run.label_space.names[index], "Share": share}
        | {"Time": duration(answer.seconds)}
        for name, run, answer in found
        for index, share in sorted(enumerate(answer.shares), key=lambda pair: -pair[1])
        if share > 0
    ]
    return pd.DataFrame(rows, columns=["Model", "Dataset", "Class", "Share", "Time"])
