"""The Models page: the facts of one model, its card, scores, layers, recipe and downloads."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from models.runs import registry
from models.runs.evaluation import TrainingStatistics
from models.runs.run import Run
from pages.models import downloads, layers, model_card, recipe
from pages.shared.content import class_iou, scores
from pages.shared.content.model_table import SPLIT, columns, model_table, subsets
from pages.shared.content.run_names import named
from pages.shared.ui import cli_commands, empty_states
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown, path_of
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import show_skipped_runs

FACTS = {
    "Parameters": "{:,.0f}",
    "Size (MB)": "{:.1f}",
    "mIoU": "{:.3f}",
    "Pixel accuracy": "{:.3f}",
    "Speed here (ms)": "{:.1f}",
}
"""Columns of the table of models that are shown as large figures, and how."""


def models_page() -> None:
    """Draw the page."""
    st.title("Models", anchor=False)
    chosen = page_state("models")
    chosen.follow_link()
    runs = named(registry.runs())
    if not runs:
        empty_states.no_models()
        return
    asked = st.container()
    name = _choose(chosen, runs)
    run = runs[name]
    row = model_table([run]).iloc[0]
    _about(run, row)
    _facts(run, row)
    if not run.weights.is_file():
        empty_states.no_weights(
            {name: run},
            "This run has no weights, so there is nothing to count, score or take away. Its recipe is here.",
        )
    options = list(VIEWS) if run.weights.is_file() else ["Recipe"]
    view = st.segmented_control(
        "View", options, required=True, label_visibility="collapsed", **chosen.widget("view", options[0], options)
    )
    with error_boundary(view):
        VIEWS[view](chosen, name, run)
    chosen.show_problems(asked)
    show_skipped_runs()
    chosen.write_link()


def _choose(chosen: PageState, runs: Mapping[str, Run]) -> str:
    """Draw the choice of the model."""
    options = list(runs)
    return st.selectbox("Model", options, width=360, **chosen.widget("model", options[0], options, always=True))


def _about(run: Run, row: "pd.Series[Any]") -> None:
    """Say in one line what the model is; ``row`` is its row in the table of all models."""
    dataset = run.dataset
    st.markdown(
        f"**{escape_markdown(row['Network'])}** on [{escape_markdown(dataset.title)}]({dataset.homepage}), seeing pictures at "
        f"{escape_markdown(row['Input'])} pixels, for {len(run.label_space.scored)} classes. {escape_markdown(row['State'])}."
    )


def _facts(run: Run, row: "pd.Series[Any]") -> None:
    """Draw the figures of a model, each with what it means; ``row`` is its row in the table of all models."""
    about = columns()
    with st.container(horizontal=True, gap="medium", key="model_facts"):
        for title, form in FACTS.items():
            value = "–" if pd.isna(row[title]) else form.format(row[title])
            st.metric(about[title]["label"] or title, value, help=about[title]["help"], width="content")
            if title == "mIoU":
                for subset, mean in subsets(run).items():
                    classes = ", ".join(run.experiment.evaluate.subsets[subset])
                    over = f"On the {SPLIT} split: mean IoU over these classes only: {classes}."
                    st.metric(f"mIoU {subset} ({SPLIT})", form.format(mean), help=over, width="content")
        cost = layers.known_gmacs(run)
        st.metric(
            "GMACs",
            "–" if cost is None else f"{cost:.2f}",
            help="Billions of multiply-accumulate operations for one picture at the network's size, in its "
            "convolutions. One is two floating-point operations."
            + ("" if cost is not None else " They are counted when you open the layers below."),
            width="content",
        )


def _card(chosen: PageState, name: str, run: Run) -> None:
    if run.card is None:
        st.info(
            "This run has no card yet; publishing it writes one. Only a run that is finished and scored can be "
            "published.",
            icon=":material/description:",
        )
        st.code(cli_commands.publish(run), language="bash")
    else:
        model_card.card(run.card, run.path)


def _classes(chosen: PageState, name: str, run: Run) -> None:
    """Draw the scores per class, and how often each class was seen in training where that is known."""
    found, problems = scores.read({name: run})
    for problem in problems:
        st.warning(escape_markdown(problem), icon=":material/warning:")
    if not found:
        if not problems:
            st.info("This model has not been scored yet. Score it with this command, then open this page again.")
            st.code(cli_commands.evaluate(run), language="bash")
        return
    splits = scores.splits(found, run.dataset.name)
    split = st.segmented_control("Split", splits, required=True, **chosen.widget("split", splits[0], splits))
    one = next(one for one in found if one.split == split)
    class_iou.draw(chosen, [one], {one.name: Style.of(0)})
    scored = run.scores(split)
    if scored and scored.training:
        with st.expander("How often each class was seen in training"):
            _seen(scored.training)
    if len(one.images):
        st.page_link(
            path_of("Evaluation"),
            label="More of its scores: confusion, single pictures, confidence",
            icon=":material/query_stats:",
            query_params={"dataset": run.dataset.name, "split": split, "models": name},
        )


def _seen(seen: TrainingStatistics) -> None:
    """Draw the counts of the classes in the training masks."""
    table = pd.DataFrame([entry.model_dump() for entry in seen.classes])
    table["share"] = table["pixels"] / max(table["pixels"].sum(), 1)
    number = st.column_config.NumberColumn
    st.dataframe(
        table[["name", "pictures", "share"]],
        hide_index=True,
        height="content",
        alt="Classes in the training masks",
        column_config={
            "name": "Class",
            "pictures": number("Pictures", help=f"Of {seen.pictures:,} training pictures, those that show it."),
            "share": number("Share", format="percent", help="Part of the labelled pixels in the training masks."),
        },
    )


def _layers(chosen: PageState, name: str, run: Run) -> None:
    layers.draw(run)


def _recipe(chosen: PageState, name: str, run: Run) -> None:
    recipe.draw(run)


def _downloads(chosen: PageState, name: str, run: Run) -> None:
    downloads.draw(name, run)


VIEWS: dict[str, Callable[[PageState, str, Run], None]] = {
    "Card": _card,
    "Classes": _classes,
    "Layers": _layers,
    "Recipe": _recipe,
    "Downloads": _downloads,
}
"""What can be looked at, in the order of the page."""
