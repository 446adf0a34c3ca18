"""The scores of a model by class, and how often each class was seen in training."""

from typing import Any

import pandas as pd
import streamlit as st

from models.runs.evaluation import TrainingStatistics
from models.runs.model import Model
from pages.shared.content import class_iou, scores
from pages.shared.ui import cli_commands, tables
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown, path_of
from pages.shared.ui.page_state import PageState


def draw(state: PageState, name: str, run: Model) -> None:
    """Draw the scores of a run by class, and how often each was seen in training if that was recorded."""
    found, problems = scores.read({name: run})
    for problem in problems:
        st.warning(escape_markdown(problem), icon=":material/warning:")
    if not found:
        if not problems:
            st.info("This model has not been scored yet. Score it with this command, then open this page again.")
            st.code(cli_commands.evaluate(run), language="bash")
        return
    by_key = {one.split if one.is_own else f"{one.dataset}/{one.split}": one for one in found}
    splits = sorted(by_key, key=lambda key: (not by_key[key].is_own, key != "val", key))
    split = st.segmented_control("Split", splits, required=True, **state.widget("split", splits[0], splits))
    one = by_key[split]
    class_iou.draw(state, [one], {one.name: Style.of(0)})
    if one.stored.training:
        with st.expander("How often each class was seen in training"):
            _draw_training_statistics(one.stored.training)
    if len(one.images):
        st.page_link(
            path_of("Evaluation"),
            label="More of its scores: confusion, single pictures, confidence",
            icon=":material/query_stats:",
            query_params={"dataset": one.dataset, "split": one.split, "models": name},
        )


def _draw_training_statistics(seen: TrainingStatistics) -> None:
    table = pd.DataFrame([entry.model_dump() for entry in seen.classes])
    table["share"] = table["pixels"] / max(table["pixels"].sum(), 1)
    table = table[["name", "pictures", "share"]]
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "name": "Class",
        "pictures": number("Pictures", help=f"Of {seen.pictures:,} training pictures, those that show it."),
        "share": number("Share", format="percent", help="Part of the labelled pixels in the training masks."),
    }
    tables.show(table, height="content", column_config=columns, alt="Classes in the training masks")
