"""The leaderboard: every model scored on a split, best mIoU first."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.metrics.definitions import OPTIONAL, SUMMARY
from models.runs.model import Model
from pages.shared.content import latency, model_table, scores
from pages.shared.content.scores import Scores
from pages.shared.ui import cli_commands, tables
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState
from pages.shared.ui.text import few, listed

SHARE = "Share of the truth"
"""Column with the share of the truth that has one of the shared classes."""


def draw(state: PageState, table: pd.DataFrame, scored: Sequence[Scores]) -> None:
    """Draw the ``leaderboard`` of these scores, all in the same classes, and which classes these are."""
    st.header("Leaderboard", anchor=False)
    if shared := scored[0].shared:
        st.info(escape_markdown(classes_in_words(scored[0])), icon=":material/join_inner:")
    columns, alt = _columns(scored), f"Scores on {scored[0].split} by model"
    if shared:
        alt += f" in the shared classes {listed([entry.name for entry in shared])}"
    shown = _choose_columns(state, table)
    tables.show(table, column_order=shown, column_config=columns, placeholder="–", alt=alt)
    optional = [SUMMARY[key][0] for key in OPTIONAL]
    if unknown := [title for title in shown if title in optional and table[title].isna().any()]:
        st.caption(
            f"{listed(unknown)}: “–” where a model was scored before this was computed (score it again), or does not "
            "tell what it needs."
        )


def _choose_columns(state: PageState, table: pd.DataFrame) -> list[str]:
    """Draw the choice of further scores, and return the columns to show."""
    options = [SUMMARY[key][0] for key in OPTIONAL]
    chosen = st.pills(
        "More scores",
        options,
        selection_mode="multi",
        wrap=True,
        help="  \n".join(f"**{SUMMARY[key][0]}**: {SUMMARY[key][1]}" for key in OPTIONAL),
        **state.widget("more", [], options),
    )
    return [title for title in table.columns if title not in options or title in chosen]


def classes_in_words(one: Scores) -> str:
    """Say in which shared classes a model was scored, and of what they consist on the dataset."""
    names = [
        entry.name if entry.dataset_classes == (entry.name,) else f"{entry.name} ({few(entry.dataset_classes, 6)})"
        for entry in one.shared
    ]
    return (
        f"Scored only in the classes that the model and {one.dataset_title} both know: {listed(names)}. These scores "
        "do not compare with those in all classes of the dataset."
    )


def leaderboard(scored: Sequence[Scores]) -> pd.DataFrame:
    """Return one row per model, in the order of ``scored``, which is best mIoU first."""
    facts = model_table.model_table([one.run for one in scored])
    latencies = latency.measured_or_published()
    table = pd.DataFrame({"Rank": range(1, len(scored) + 1), "Model": [one.name for one in scored]})
    for key, (title, _about) in SUMMARY.items():
        table[title] = [one.summary[key] for one in scored]
        if key == "miou":
            for name in dict.fromkeys(name for one in scored for name in one.subsets):
                table[f"mIoU {name}"] = [one.subsets.get(name) for one in scored]
    if scored[0].shared:
        table[SHARE] = [one.stored.scored_share for one in scored]
    table["Images"] = [len(one.stored.per_image) for one in scored]
    table[["Parameters", "Size (MB)"]] = facts[["Parameters", "Size (MB)"]]
    table["Time (ms)"] = [latencies.of(one.run) for one in scored]
    table["Scored on"] = [one.stored.date[:10] for one in scored]
    table["Engine"] = [one.stored.engine for one in scored]
    return table


def _columns(scored: Sequence[Scores]) -> dict[str, Any]:
    """Return how the columns are shown, with what they mean."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    split = scored[0].split
    columns: dict[str, Any] = {
        title: number(format="%.3f", help=f"On the split {split}. {about}") for title, about in SUMMARY.values()
    }
    for one in scored:
        for name in one.subsets:
            classes = ", ".join(one.run.subsets.get(name, []))
            columns[f"mIoU {name}"] = number(format="%.3f", help=f"Mean over these classes only: {classes}.")
    known = model_table.columns()
    columns |= {name: known[name] for name in ("Model", "Parameters", "Size (MB)")}
    return columns | {
        "Rank": number(width=60, help="By mIoU."),
        SHARE: number(
            format="percent", help="Share of the labelled pixels of the images whose class is one of the shared ones."
        ),
        "Images": number(help="Scored images. Those that a model was trained on are left out."),
        "Time (ms)": number(format="%.1f", help=latency.about(latency.measured_or_published())),
        "Scored on": text(help="The day on which the scores were computed."),
        "Engine": text(help="The software that computed the scores."),
    }


def remarks(scored: Sequence[Scores], on_split: Sequence[Scores], runs: Mapping[str, Model]) -> None:
    """Warn of scores that cannot be compared, and list the models of the dataset that have not been scored yet.

    ``on_split`` are the scores on the split, in whichever classes.
    """
    if remark := scores.remark_on_images(scored):
        st.warning(escape_markdown(remark), icon=":material/warning:")
    dataset, split, known = scored[0].dataset, scored[0].split, {one.name for one in on_split}
    missing = [name for name, run in runs.items() if run.dataset.name == dataset and run.is_ready and name not in known]
    if missing:
        with st.expander(f"Not scored on {split} yet: {escape_markdown(', '.join(missing))}"):
            st.code("\n".join(cli_commands.evaluate(runs[name], split) for name in missing), language="bash")
