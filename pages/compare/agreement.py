"""How far the chosen models agree on a picture: where they differ, and every two of them in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.dataset import Dataset
from data.row_chunks import count_values
from data.shared_classes import shared_classes
from models.metrics import agreement as counting
from models.metrics.agreement import Level, PairAgreement
from pages.compare.agreement_text import compared_in, compared_models, mapping, nothing_in_common, sentence, verdict
from pages.compare.viewer.component import Panel, PanelClass
from pages.shared.content import predictions
from pages.shared.content.predictions import Found
from pages.shared.ui import charts
from pages.shared.ui.layout import escape_markdown

COLOURS = {
    Level.AGREE: "#123a6b",
    Level.NOT_COMPARABLE: "#6e6e6e",
    Level.SOME: "#e8801a",
    Level.MOST: "#fff06a",
}
"""From dark to light, so that what differs shines and nothing hangs on hue alone."""
OF_TWO = {Level.AGREE: "agree", Level.MOST: "differ", Level.NOT_COMPARABLE: "not comparable"}
OF_MORE = {
    Level.AGREE: "none differ",
    Level.SOME: "some differ",
    Level.MOST: "most differ",
    Level.NOT_COMPARABLE: "not comparable",
}
MIOU = "Mean IoU"
NOT_COMPARED = "not compared"
"""Stands in the table where two models have nothing in common: a figure would be neither 0 nor 100 %."""

ABOUT = (
    "Two answers **agree** at a pixel if they are the same class. Models of different datasets are compared in the "
    "classes that both datasets can tell apart: a pet of one is a cat or a dog of the other. Pixels with an answer "
    "that the other model has no class for are **not comparable** and left out. No model is taken for the truth, so "
    "models that agree may still all be wrong."
)
ABOUT_MORE = (
    " On the map, **some** and **most** are counted in pairs of models, pixel by pixel: most differ where more than "
    "two thirds of the pairs do that can be compared there."
)


@dataclass(frozen=True)
class Comparison:
    """The comparison of some models on a picture.

    Attributes:
        size: Height and width of the map.
        levels: The ``Level`` of every pixel, packed as in ``answers.Answer``.
        shares: Level to its part of the picture's pixels.
        pairs: The figures of every two models.
    """

    size: tuple[int, int]
    levels: str
    shares: dict[Level, float]
    pairs: tuple[PairAgreement, ...]


def agreement(found: Sequence[Found]) -> Panel | None:
    """Return the map of where the models differ, for the viewer; None if there is nothing to compare."""
    if len(found) < 2 or (compared := comparison(found)).shares[Level.NOT_COMPARABLE] == 1:
        return None
    models = len(compared_models(compared.pairs))
    return Panel(
        "Agreement",
        "agreement",
        note=f"of {models} models" if models == len(found) else f"of {models} of {len(found)} models",
        space="agreement",
        size=compared.size,
        labels=compared.levels,
        confidence=None,
        classes=tuple(
            PanelClass(int(level), name, COLOURS[level], compared.shares[level])
            for level, name in (OF_TWO if models == 2 else OF_MORE).items()
            if compared.shares[level]
        ),
    )


def agreement_table(found: Sequence[Found]) -> None:
    """Draw how far every two models agree, and which classes they were compared in."""
    if len(found) < 2:
        st.info("Choose at least two models above to see where they agree.", icon=":material/touch_app:")
        return
    compared = comparison(found)
    table = pair_table(found, compared.pairs)
    datasets = list({run.dataset.name: run.dataset for _, run, _ in found}.values())
    st.markdown(verdict(found, compared.shares, compared.pairs))
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=NOT_COMPARED,
        column_config=_columns(),
        alt="Agreement of every two models",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        charts.save(lambda: table, "compare_agreement")
        st.caption("What is agreement?", help=ABOUT + (ABOUT_MORE if len(found) > 2 else ""), width="content")
    _explain(datasets)


def comparison(found: Sequence[Found]) -> Comparison:
    """Compare the answers of at least two models, only once."""
    return _comparison(tuple((run.dataset.name, answer.size, answer.labels) for _, run, answer in found), found)


@st.cache_data(max_entries=32, show_spinner=False)
def _comparison(key: tuple[tuple[str, tuple[int, int], str], ...], _found: Sequence[Found]) -> Comparison:
    labels = [predictions.label_map(answer) for _, _, answer in _found]
    result = counting.agreement(labels, [run.dataset for _, run, _ in _found])
    levels = result.levels()
    counts = count_values(levels) / levels.size
    return Comparison(
        (levels.shape[0], levels.shape[1]),
        predictions.pack(levels),
        {level: float(counts[level]) for level in Level},
        result.pairs,
    )


def pair_table(found: Sequence[Found], pairs: Sequence[PairAgreement]) -> pd.DataFrame:
    """Return one row for every two models, those that agree least first.

    Where no pixel is comparable there is neither an agreement nor a mean IoU; where the models have nothing in common,
    there is no comparable part either.
    """
    rows = [
        {
            "Agreement": pair.agreement,
            "Model": found[pair.first][0],
            "and model": found[pair.second][0],
            "Comparable": pair.comparable if pair.shared else np.nan,
            MIOU: pair.miou,
            "Compared in": compared_in(found[pair.first][1].dataset, found[pair.second][1].dataset, pair),
        }
        for pair in pairs
    ]
    return pd.DataFrame(rows).sort_values("Agreement", kind="stable", na_position="last", ignore_index=True)


def _columns() -> dict[str, Any]:
    return {
        "Agreement": st.column_config.ProgressColumn(
            width=130,
            format="percent",
            min_value=0.0,
            max_value=1.0,
            help="Part of the comparable pixels where both models give the same answer, of the classes named under "
            "“Compared in”. It is full, too, where both see nothing but “anything else”. "
            f"“{NOT_COMPARED}”: there is no such pixel.",
        ),
        "Comparable": st.column_config.NumberColumn(
            format="percent",
            help="Part of the picture's pixels where both answers have a counterpart in the other model's dataset.",
        ),
        MIOU: st.column_config.NumberColumn(
            format="%.3f",
            help="For each compared class that either model answers: comparable pixels where both do, divided by those "
            "where at least one does; then the mean of these. Neither model is taken for the truth.",
        ),
        "Compared in": st.column_config.TextColumn(
            help="The classes that the two datasets both tell apart; below, how theirs belong to them."
        ),
    }


def _explain(datasets: Sequence[Dataset]) -> None:
    """Say in which classes the models were compared, and how the datasets' classes belong to them."""
    together = list(combinations(datasets, 2))
    if not together:
        st.caption(f"All of these models know the same classes, those of {escape_markdown(datasets[0].title)}.")
        return
    lines = [sentence(*pair) for pair in together if shared_classes(*pair)]
    if strangers := [pair for pair in together if not shared_classes(*pair)]:
        lines.append(nothing_in_common(strangers))
    st.markdown("\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])
    if tables := [mapping(*pair) for pair in together if shared_classes(*pair)]:
        with st.expander("How the classes of different datasets are compared"):
            st.markdown("\n\n".join(tables))
