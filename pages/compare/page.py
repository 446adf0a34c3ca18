"""The Compare page: pictures in, one panel per model out, and tabs below them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from configs.errors import UserError
from data import decode
from models.runs import registry
from models.runs.model import Model
from pages.compare.agreement_map import agreement_panel
from pages.compare.agreement_table import agreement_table
from pages.compare.download import download
from pages.compare.ground_truth import GroundTruth, ground_truth_of, ground_truth_panel
from pages.compare.ground_truth_view import ground_truth_view
from pages.compare.inputs import inputs, thumbnails
from pages.compare.objects_table import objects_view
from pages.compare.shares_table import shares_view
from pages.compare.state import VIEWS, Selection, current_selection
from pages.compare.viewer.component import Panel, viewer
from pages.compare.viewer.model_panel import model_panel
from pages.shared.content.images import Picture, display
from pages.shared.content.model_chooser import choose_models
from pages.shared.content.predictions import ModelPrediction, predict
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui import empty_states
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.task_runner import Step, run_steps


def draw_page() -> None:
    """Draw the page."""
    st.title("Compare", anchor=False)
    current_selection().awaited = False
    runs = runs_by_name(registry.models())
    models = {name: run for name, run in runs.items() if run.is_ready}
    if not models:
        if runs:
            empty_states.no_weights(runs, "No model has weights yet, so there is nothing to compare.")
        else:
            empty_states.no_models()
        return
    selection = current_selection()
    for problem in selection.follow_link(models):
        st.warning(escape_markdown(problem), icon=":material/link_off:")
    left, right = st.columns(2, gap="medium")
    with left:
        source = inputs(selection)
    picture = selection.shown(models)
    with right:
        names = _choose_models(selection, models, picture)

    def head() -> None:
        """Draw the thumbnails above the viewer, and prepare the photograph for it."""
        thumbnails(selection, picture, source)
        selection.write_link(picture, names)
        with suppress(UserError):  # the viewer reports it
            display(picture)

    _draw_results(selection, picture, {name: models[name] for name in names}, head)


def _choose_models(selection: Selection, models: dict[str, Model], picture: Picture) -> list[str]:
    """Draw the choice of models; return the names of those chosen, in the order of ``models``."""
    key = "models"
    st.session_state[key] = selection.model_names(models, picture)
    control = {"key": key, "on_change": lambda: selection.choose_models(st.session_state[key])}
    about = (
        f"**{escape_markdown(name)}**: trained on {escape_markdown(run.dataset.title)}" for name, run in models.items()
    )
    return choose_models("Models", list(models), control, "  \n".join(about))


def _draw_results(
    selection: Selection, picture: Picture, models: Mapping[str, Model], head: Callable[[], None]
) -> None:
    """Draw the head, the viewer and the tabs below it; a model that fails is named and the others are shown."""
    predictions = _predict(picture, models, head)
    if remark := decode.of_several(picture.content):
        st.info(escape_markdown(f"{picture.name} {remark}."), icon=":material/filter_none:")
    if not models:
        st.info("Choose at least one model above to see its prediction for this picture.", icon=":material/touch_app:")
    truth = ground_truth_of(picture, selection.masks)
    with error_boundary("The viewer"):
        viewer(picture, _panels(picture, predictions, truth), key="viewer")
    if models:
        _tabs(selection, picture, models, predictions, truth)


def _predict(picture: Picture, models: Mapping[str, Model], meanwhile: Callable[[], None]) -> list[ModelPrediction]:
    """Return the predictions of the models; those not cached are computed while ``meanwhile`` draws."""
    steps = {
        name: Step(partial(predict.peek, picture, run), partial(predict, picture, run)) for name, run in models.items()
    }
    # Two at once: while one model's prediction is deflated, the next model can predict.
    computed = run_steps(
        "predictions", steps, "Running", "The prediction", picture.digest, at_once=2, meanwhile=meanwhile
    )
    return [ModelPrediction(name, models[name], prediction) for name, prediction in computed.items()]


def _panels(picture: Picture, predictions: Sequence[ModelPrediction], truth: GroundTruth | None) -> list[Panel]:
    """Return the panels beside the photograph: the ground truth, the models, then the agreement map."""
    panels = [model_panel(one) for one in predictions]
    with error_boundary("The agreement of the models"):
        if agreement := agreement_panel(predictions):
            panels.append(agreement)
    if truth and truth.complete:
        with error_boundary("The ground truth"):
            panels.insert(0, ground_truth_panel(truth, picture))
    return panels


def _tabs(
    selection: Selection,
    picture: Picture,
    models: Mapping[str, Model],
    predictions: Sequence[ModelPrediction],
    truth: GroundTruth | None,
) -> None:
    """Draw the tabs below the viewer; only the open one is computed."""
    view, title, key = selection.view, VIEWS[selection.view], "compare_view"
    st.session_state[key] = title
    tabs = st.tabs(list(VIEWS.values()), key=key, on_change=lambda: selection.choose_view(st.session_state[key]))
    with tabs[list(VIEWS).index(view)], error_boundary(title):
        if view == "truth":
            ground_truth_view(selection, picture, models, truth)
        elif not predictions:
            st.caption("There is nothing to show, because there is no prediction.")
        elif view == "shares":
            shares_view(predictions)
        elif view == "objects":
            objects_view(picture, predictions)
        elif view == "agreement":
            agreement_table(predictions)
        elif view == "download":
            download(picture, predictions)
