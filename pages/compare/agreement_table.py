"""How far every two of the chosen models agree on a picture, as a table, and in which classes they are compared."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.dataset import Dataset
from data.shared_classes import shared_classes
from models.metrics.agreement import PairAgreement
from pages.compare.agreement_map import compare_models
from pages.compare.agreement_text import class_table, compared_classes, compared_in, nothing_in_common, summary
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui import charts, tables
from pages.shared.ui.layout import escape_markdown

MIOU = "Mean IoU"
NOT_COMPARED = "not compared"
"""Placeholder in the table where two models have no class in common: a figure would be neither 0 nor 100 %."""

ABOUT = (
    "Two models **agree** at a pixel if they predict the same class. Models of different datasets are compared in the "
    "classes that both datasets distinguish: a pet of one is a cat or a dog of the other. Pixels with a prediction "
    "that the other model has no class for are **not comparable** and left out. No model is taken as ground truth, so "
    "models that agree may still all be wrong."
)
ABOUT_MORE = (
    " On the map, **some** and **most** count the pairs of models at each pixel: most differ where more than two "
    "thirds of the pairs that can be compared there do."
)


def agreement_table(predictions: Sequence[ModelPrediction]) -> None:
    """Draw how far every two models agree, and which classes they were compared in."""
    if len(predictions) < 2:
        st.info("Choose at least two models above to see where they agree.", icon=":material/touch_app:")
        return
    comparison = compare_models(predictions)
    table = pair_table(predictions, comparison.pairs)
    st.markdown(summary(predictions, comparison.shares, comparison.pairs))
    tables.show(
        table,
        height="content",
        placeholder=NOT_COMPARED,
        column_config=_columns(),
        alt="Agreement of every two models",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        charts.save(lambda: table, "compare_agreement")
        about = ABOUT + (ABOUT_MORE if len(predictions) > 2 else "")
        st.caption("What is agreement?", help=about, width="content")
    _explain_classes(list({one.run.dataset.name: one.run.dataset for one in predictions}.values()))


def pair_table(predictions: Sequence[ModelPrediction], pairs: Sequence[PairAgreement]) -> pd.DataFrame:
    """Return one row for every two models, those that agree least first.

    Agreement and mean IoU are ``nan`` where no pixel is comparable; so is the comparable share where the models have
    no class in common.
    """
    rows = []
    for pair in pairs:
        first, second = predictions[pair.first], predictions[pair.second]
        rows.append(
            {
                "Agreement": pair.agreement,
                "Model": first.name,
                "and model": second.name,
                "Comparable": pair.comparable if pair.shared else np.nan,
                MIOU: pair.miou,
                "Compared in": compared_in(first.run.dataset, second.run.dataset, pair),
            }
        )
    return pd.DataFrame(rows).sort_values("Agreement", kind="stable", na_position="last", ignore_index=True)


def _columns() -> dict[str, Any]:
    return {
        "Agreement": st.column_config.ProgressColumn(
            width=130,
            format="percent",
            min_value=0.0,
            max_value=1.0,
            help="Share of the comparable pixels where both models predict the same class, of those named under "
            "“Compared in”. It is 100 % also where both predict nothing but “anything else”. "
            f"“{NOT_COMPARED}”: no pixel is comparable.",
        ),
        "Comparable": st.column_config.NumberColumn(
            format="percent",
            help="Share of the picture's pixels where both predictions have a counterpart in the other model's "
            "dataset.",
        ),
        MIOU: st.column_config.NumberColumn(
            format="%.3f",
            help="For each compared class that either model predicts: the comparable pixels where both do, divided by "
            "those where at least one does; then the mean over these classes. Neither model is taken as ground truth.",
        ),
        "Compared in": st.column_config.TextColumn(
            help="The classes that both datasets distinguish; the lists below show how their own classes map to them."
        ),
    }


def _explain_classes(datasets: Sequence[Dataset]) -> None:
    """Draw in which classes the models were compared, and how the datasets' classes map to them."""
    pairs = list(combinations(datasets, 2))
    if not pairs:
        st.caption(f"All of these models predict the same classes, those of {escape_markdown(datasets[0].title)}.")
        return
    comparable = [pair for pair in pairs if shared_classes(*pair)]
    lines = [compared_classes(*pair) for pair in comparable]
    if len(comparable) < len(pairs):
        lines.append(nothing_in_common([pair for pair in pairs if not shared_classes(*pair)]))
    st.markdown("\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])
    if comparable:
        with st.expander("How the classes of different datasets are compared"):
            st.markdown("\n\n".join(class_table(*pair) for pair in comparable))
