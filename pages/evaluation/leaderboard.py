"""The leaderboard: every model scored on a split, best mIoU first."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs.model import Model
from pages.shared.content import latency, model_table, scores
from pages.shared.content.scores import SUMMARY, Scores
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown


def draw(table: pd.DataFrame, scored: Sequence[Scores]) -> None:
    """Draw the ``leaderboard`` of these scores."""
    st.header("Leaderboard", anchor=False)
    columns, alt = _columns(scored), f"Scores on {scored[0].split} by model"
    st.dataframe(table, hide_index=True, column_config=columns, placeholder="–", alt=alt)


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
    table["Images"] = [len(one.images) for one in scored]
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
        "Images": number(help="Scored images. Those that a model was trained on are left out."),
        "Time (ms)": number(format="%.1f", help=latency.about(latency.measured_or_published())),
        "Scored on": text(help="The day on which the scores were computed."),
        "Engine": text(help="The software that computed the scores."),
    }


def remarks(scored: Sequence[Scores], runs: Mapping[str, Model], dataset: str, split: str) -> None:
    """Warn of scores that cannot be compared, and list the ``runs`` of the dataset that have not been scored yet."""
    if remark := scores.remark_on_images(scored):
        st.warning(escape_markdown(remark), icon=":material/warning:")
    unscored = {name: run for name, run in runs.items() if name not in {one.name for one in scored}}
    missing = [name for name, run in unscored.items() if run.dataset.name == dataset and run.is_ready]
    if missing:
        with st.expander(f"Not scored on {split} yet: {escape_markdown(', '.join(missing))}"):
            st.code("\n".join(cli_commands.evaluate(runs[name], split) for name in missing), language="bash")
