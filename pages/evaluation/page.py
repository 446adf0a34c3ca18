"""The Evaluation page: which model is better, by how much, and where it fails."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs import registry
from models.runs.run import Run
from pages.evaluation import score_charts, views
from pages.shared.content import latency, scores
from pages.shared.content.model_table import model_table
from pages.shared.content.run_names import named
from pages.shared.content.scores import SUMMARY, Scores
from pages.shared.ui import charts, cli_commands, empty_states
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import expandable_list, show_skipped_runs

FEW = 8
"""Up to this many models, each has a button of its own; above, they are searched in a list."""
FIRST = 4
"""Models chosen at first."""
SIZE, PARAMETERS, TIME = "Size", "Parameters", "Time"
AXES = {SIZE: "Size of the weight file (MB)", PARAMETERS: "Parameters", TIME: "Milliseconds for one picture"}


def evaluation() -> None:
    """Draw the page."""
    st.title("Evaluation", anchor=False)
    asked = st.container()
    chosen = page_state("evaluation")
    chosen.follow_link()
    runs = named(registry.runs())
    if not runs:
        empty_states.no_models()
        return
    found, problems = scores.read(runs)
    count = len(problems)
    expandable_list(f"{count} {'evaluation' if count == 1 else 'evaluations'} could not be used", problems)
    if not found:
        _nothing_scored(runs)
        show_skipped_runs()
        return
    dataset, split = _choose_split(chosen, found)
    here = scores.of(found, dataset, split)
    styles = {one.name: Style.of(index) for index, one in enumerate(here)}
    st.header("Leaderboard", anchor=False)
    table = leaderboard(here)
    st.dataframe(
        table,
        hide_index=True,
        column_config=_leaderboard_columns(here),
        placeholder="–",
        alt=f"Scores on {split} by model",
    )
    _remarks(here, runs, dataset, split)
    with error_boundary("The chart of quality and cost"):
        _quality(chosen, here, styles, table)
    st.header("A closer look", anchor=False)
    closer = _choose_models(chosen, here)
    offered = views.views(closer)
    view = _choose_view(chosen, list(offered))
    chosen.show_problems(asked)
    if closer:
        with error_boundary(view):
            offered[view](chosen, closer, styles)
    else:
        st.info("Choose at least one model to see where it does well and where it fails.", icon=":material/touch_app:")
    show_skipped_runs()
    chosen.write_link()


def _nothing_scored(runs: Mapping[str, Run]) -> None:
    """Say how to score a model."""
    ready = [run for run in runs.values() if run.weights.is_file()]
    if not ready:
        empty_states.no_weights(runs, "No model has weights that could be scored.")
        return
    st.info("No model has been scored yet. Score one with this command, then open this page again.")
    st.code(cli_commands.evaluate(ready[0]), language="bash")
    st.caption("A training that ends scores its model itself.")


def _choose_split(chosen: PageState, found: Sequence[Scores]) -> tuple[str, str]:
    """Draw the choice of dataset and split."""
    titles = scores.datasets(found)
    options = list(titles)
    dataset = st.segmented_control(
        "Dataset",
        options,
        format_func=lambda name: titles[name],
        required=True,
        **chosen.widget("dataset", options[0], options, always=True),
    )
    names = scores.splits(found, dataset)
    split = st.segmented_control("Split", names, required=True, **chosen.widget("split", names[0], names, always=True))
    return dataset, split


def leaderboard(here: Sequence[Scores]) -> pd.DataFrame:
    """Return one row per model, best mIoU first."""
    facts = model_table([one.run for one in here])
    speeds = latency.measured()
    table = pd.DataFrame({"Rank": range(1, len(here) + 1), "Model": [one.name for one in here]})
    subsets = list(dict.fromkeys(name for one in here for name in one.subsets))
    for key, (title, _about) in SUMMARY.items():
        table[title] = [one.summary[key] for one in here]
        if key == "miou":
            for name in subsets:
                table[f"mIoU {name}"] = [one.subsets.get(name) for one in here]
    table["Images"] = [len(one.images) for one in here]
    table[["Parameters", "Size (MB)"]] = facts[["Parameters", "Size (MB)"]]
    table["Time (ms)"] = [speeds.of(one.run) for one in here]
    table["Scored on"] = [one.date for one in here]
    table["Engine"] = [one.engine for one in here]
    return table


def _leaderboard_columns(here: Sequence[Scores]) -> dict[str, Any]:
    """Say what the columns mean."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    split = here[0].split
    columns: dict[str, Any] = {
        title: number(format="%.3f", help=f"On the split {split}. {about}") for title, about in SUMMARY.values()
    }
    for one in here:
        for name in one.subsets:
            classes = ", ".join(one.run.experiment.evaluate.subsets.get(name, []))
            columns[f"mIoU {name}"] = number(format="%.3f", help=f"Mean over these classes only: {classes}.")
    return columns | {
        "Rank": number(width=60, help="By mIoU."),
        "Model": text(help="Its name on the command line too."),
        "Images": number(help="Scored images. Those that a model was trained on are left out."),
        "Parameters": number(format="localized", help="Numbers in the weight file, batch statistics included."),
        "Size (MB)": number(format="%.1f", help="Size of the weight file in millions of bytes."),
        "Time (ms)": number(format="%.1f", help=latency.about(latency.measured())),
        "Scored on": text(help="The day on which the scores were computed."),
        "Engine": text(help="What computed them."),
    }


def _remarks(here: Sequence[Scores], runs: Mapping[str, Run], dataset: str, split: str) -> None:
    """Say what does not compare, and what has not been scored."""
    if remark := scores.remark_on_images(here):
        st.warning(escape_markdown(remark), icon=":material/warning:")
    known = {one.name for one in here}
    missing = [
        name
        for name, run in runs.items()
        if name not in known and run.dataset.name == dataset and run.weights.is_file()
    ]
    if missing:
        with st.expander(f"Not scored on {split} yet: {escape_markdown(', '.join(missing))}"):
            st.code("\n".join(cli_commands.evaluate(runs[name], split) for name in missing), language="bash")


def _quality(chosen: PageState, here: Sequence[Scores], styles: Mapping[str, Style], table: pd.DataFrame) -> None:
    """Draw quality against what it costs."""
    st.header("Quality and cost", anchor=False)
    options = list(AXES)
    axis = st.segmented_control(
        "Cost", options, required=True, label_visibility="collapsed", **chosen.widget("cost", SIZE, options)
    )
    column = {SIZE: "Size (MB)", PARAMETERS: "Parameters", TIME: "Time (ms)"}[axis]
    costs = table.dropna(subset=[column]).set_index("Model")[column].astype(float).to_dict()
    if not costs and axis != TIME:
        st.info("None of these models has weights here, so nobody knows how large they are.")
        return
    if not costs:
        st.info("No speed has been measured on this computer yet.", icon=":material/speed:")
        latency.measuring({one.name: one.run for one in here})
        if any(latency.here().of(one.run) is not None for one in here):
            st.rerun()
        return
    charts.show(
        score_charts.quality(here, [styles[one.name] for one in here], costs, AXES[axis]),
        "evaluation_quality",
        f"mIoU of {len(costs)} models against {AXES[axis]}",
        lambda: table[["Model", "mIoU", "Size (MB)", "Parameters", "Time (ms)"]],
        about=f"Better is higher, cheaper is further left. {SUMMARY['miou'][1]} Split: {here[0].split}.",
    )


def _choose_models(chosen: PageState, here: Sequence[Scores]) -> list[Scores]:
    """Draw the choice of models, and return their scores, best first."""
    options = [one.name for one in here]
    arguments = chosen.widget("models", options[:FIRST], options, always=True)
    if len(options) <= FEW:
        names = st.pills("Models", options, selection_mode="multi", format_func=escape_markdown, wrap=True, **arguments)
    else:
        names = st.multiselect("Models", options, **arguments)
    return [one for one in here if one.name in names]


def _choose_view(chosen: PageState, options: Sequence[str]) -> str:
    """Draw the choice of what to look at."""
    arguments = chosen.widget("view", options[0], options)
    return st.segmented_control("View", options, required=True, label_visibility="collapsed", **arguments)
