"""The Evaluation page: which model is better, by how much, and where it fails."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from models.metrics import bootstrap
from models.runs import registry
from models.runs.model import Model
from pages.evaluation import (
    confusion_matrix,
    detection,
    error_kinds,
    evaluate_form,
    image_scores,
    leaderboard,
    model_comparison,
    quality_chart,
    reliability_diagram,
    report_form,
    scenarios,
    seeds,
    suspicious_truth,
)
from pages.shared.content import class_iou, scores
from pages.shared.content.model_chooser import choose_models
from pages.shared.content.run_names import runs_by_name
from pages.shared.content.scores import Scores
from pages.shared.ui import cli_commands, empty_states
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import expandable_list, show_skipped_runs

MODELS_AT_FIRST = 4
View = Callable[[PageState, Sequence[Scores], Mapping[str, Style]], None]


def classes(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the scores of every class and its kinds of errors; a click on a bar turns to the images that make it up."""

    def picked(model: str, name: str) -> None:
        image_scores.open_images(state, model, **{"class": name})

    class_iou.draw(state, shown, styles, picked=picked)
    st.caption("Click a bar, here or below, to see the images in which this model has most errors of the class.")
    error_kinds.draw(state, shown, picked)


def confusion(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the confusion matrix; a click on a cell turns to the images with most of its pixels."""

    def picked(model: str, truth: str, taken: str) -> None:
        image_scores.open_images(state, model, **{"class": truth, "taken": taken})

    confusion_matrix.draw(state, shown, picked)


def confidence(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the reliability diagram; a click on a point turns to the images with most wrong pixels of its bin."""
    reliability_diagram.draw(
        shown, styles, lambda model, index: image_scores.open_images(state, model, confidence=str(index + 1))
    )


def open_model(state: PageState, names: Sequence[str], model: str) -> None:
    """Turn to the worst images of a model, which then belongs to the chosen ones of ``names``."""
    chosen = state.values.get("models", names[:MODELS_AT_FIRST])
    state.set("models", [name for name in names if name in chosen or name == model])
    image_scores.open_images(state, model)
    st.toast(f"The worst images of {escape_markdown(model)} are shown below", icon=":material/south:")


VIEWS: dict[str, View] = {
    "Classes": classes,
    "Confusion": confusion,
    "Images": image_scores.draw,
    "Confidence": confidence,
    "Two models": model_comparison.draw,
    "Scenarios": scenarios.draw,
    "Suspicious truth": suspicious_truth.draw,
    "Report": report_form.draw,
}


def draw_page() -> None:
    """Draw the page."""
    st.title("Evaluation", anchor=False)
    problems_at_top = st.container()
    state = page_state("evaluation")
    state.follow_link()
    runs = runs_by_name(registry.models())
    if not runs:
        empty_states.no_models()
        return
    evaluate_form.show_result(state)
    all_scores, problems = scores.read(runs)
    count = len(problems)
    expandable_list(f"{count} {'evaluation' if count == 1 else 'evaluations'} could not be used", problems)
    if not all_scores:
        _nothing_scored(state, runs)
        show_skipped_runs()
        return
    dataset, split = _choose_split(state, all_scores)
    on_split = scores.of(all_scores, dataset, split)
    scored = _choose_classes(state, on_split)
    styles = {one.name: Style.of(index) for index, one in enumerate(scored)}
    names = [one.name for one in scored]
    bootstrap.draw_ahead(scored[0].stored.images.count)
    table = leaderboard.leaderboard(scored)
    leaderboard.draw(state, table, scored)
    leaderboard.remarks(scored, on_split, runs)
    with error_boundary("The spread over seeds"):
        seeds.draw(scored)
    with error_boundary("The form to evaluate a model"):
        evaluate_form.draw(state, runs)
    with error_boundary("The chart of quality and cost"):
        quality_chart.draw(state, scored, styles, table, partial(open_model, state, names))
    st.header("A closer look", anchor=False)
    chosen = choose_models("Models", names, state.widget("models", names[:MODELS_AT_FIRST], names, always=True))
    shown = [one for one in scored if one.name in chosen]
    views = VIEWS | ({"Objects": detection.draw} if detection.by_model(shown) else {})
    options = list(views)
    binding = state.widget("view", options[0], options)
    view = st.segmented_control("View", options, required=True, label_visibility="collapsed", **binding)
    if shown:
        with error_boundary(view):
            views[view](state, shown, styles)
    else:
        st.info("Choose at least one model to see where it does well and where it fails.", icon=":material/touch_app:")
    state.show_problems(problems_at_top)
    show_skipped_runs()
    state.write_link()


def _nothing_scored(state: PageState, runs: Mapping[str, Model]) -> None:
    """Say how to score a model, and offer to do it."""
    ready = [run for run in runs.values() if run.is_ready]
    if not ready:
        empty_states.no_weights(runs, "No model has weights that could be scored.")
        return
    st.info("No model has been scored yet. Score one here, or with this command, then open this page again.")
    st.code(cli_commands.evaluate(ready[0]), language="bash")
    st.caption("A training scores its model itself when it ends.")
    with error_boundary("The form to evaluate a model"):
        evaluate_form.draw(state, runs, expanded=True)


def _choose_split(state: PageState, all_scores: Sequence[Scores]) -> tuple[str, str]:
    """Draw the choice of dataset and split."""
    titles = scores.datasets(all_scores)
    options = list(titles)
    binding = state.widget("dataset", options[0], options, always=True)
    dataset = st.segmented_control("Dataset", options, format_func=titles.__getitem__, required=True, **binding)
    splits = scores.splits(all_scores, dataset)
    binding = state.widget("split", splits[0], splits, always=True)
    return dataset, st.segmented_control("Split", splits, required=True, **binding)


def _choose_classes(state: PageState, on_split: Sequence[Scores]) -> list[Scores]:
    """Draw the choice between scores in all classes and in shared ones, if there are both; return those chosen."""
    groups = scores.by_classes(on_split)
    options = list(groups)
    if len(options) == 1:
        return groups[state.value("scored", options[0], options)]
    counts = {name: len(members) for name, members in groups.items()}
    about = "Scores compare only if the same classes were scored, so each choice has a leaderboard of its own."
    chosen = st.segmented_control(
        "Scored classes",
        options,
        format_func=lambda name: escape_markdown(f"{name} ({counts[name]} model{'' if counts[name] == 1 else 's'})"),
        required=True,
        help=about,
        wrap=True,
        **state.widget("scored", options[0], options, always=True),
    )
    return groups[chosen]
