"""How well models find objects: scores per model, and AP50 per class."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from configs import column_names
from models.metrics.definitions import DETECTION
from models.runs.evaluation import DetectionScores
from pages.shared.content.class_iou import ABSENT
from pages.shared.content.scores import Scores
from pages.shared.ui import tables
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

OWN = ("Class", "Objects")
"""The columns of the table of classes besides one for each model."""


def by_model(shown: Sequence[Scores]) -> dict[str, DetectionScores]:
    """Return the detection scores of the models that were scored for objects, by name."""
    return {one.name: one.stored.detection for one in shown if one.stored.detection}


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw a table of the models and one of the classes; at least one model must have been scored for objects."""
    detections = by_model(shown)
    split = shown[0].split
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("All classes", anchor=False)
        table, columns = model_scores(detections), _model_columns(detections, split)
        alt = "How well objects are found by model"
        tables.show(table, placeholder="–", column_config=columns, alt=alt)
        st.caption(
            "A region is a connected patch of one class; things of one class that touch make one region.",
            help=f"A region finds an object of the split {split} if their boxes overlap by an IoU of at least "
            f"{next(iter(detections.values())).iou:g} and no region of higher confidence has found it before.",
        )
        if missing := [one.name for one in shown if one.name not in detections]:
            st.caption(f"Not scored for objects: {escape_markdown(', '.join(missing))}.")
    with right:
        st.subheader("AP50 by class", anchor=False)
        table, columns = class_scores(detections), _class_columns(detections, split)
        tables.show(table, height="content", column_config=columns, alt="AP50 by class")


def model_scores(detections: dict[str, DetectionScores]) -> pd.DataFrame:
    """Return one row per model: its scores, and the numbers of objects and of predicted regions."""
    rows = [
        {
            "Model": name,
            **{title: getattr(one, key) for key, (title, _about) in DETECTION.items()},
            "Objects": sum(entry.truth for entry in one.classes),
            "Regions": sum(entry.predicted for entry in one.classes),
            "Least size": one.smallest_object,
        }
        for name, one in detections.items()
    ]
    return pd.DataFrame(rows)


def class_scores(detections: dict[str, DetectionScores]) -> pd.DataFrame:
    """Return one row per class, most objects first: their number, and the AP50 of every model as text.

    A model's column has its name, set apart from ``OWN``.
    """
    first = next(iter(detections.values())).classes
    table = pd.DataFrame([(entry.name, entry.truth) for entry in first], columns=list(OWN))
    for title, one in zip(column_names.apart(list(detections), OWN), detections.values(), strict=True):
        table[title] = [ABSENT if entry.ap50 is None else f"{entry.ap50:.3f}" for entry in one.classes]
    return table.sort_values("Objects", ascending=False, kind="stable")


def _model_columns(detections: dict[str, DetectionScores], split: str) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    iou = next(iter(detections.values())).iou
    scores = {
        title: number(format="%.3f", help=f"On the split {split}, at an IoU of {iou:g}. {about}")
        for title, about in DETECTION.values()
    }
    return scores | {
        "Objects": number(format="localized", help="Objects outlined in the truth."),
        "Regions": number(format="localized", help="Connected regions that the model predicts."),
        "Least size": number(format="percent", help="Smaller regions are ignored. A share of the picture's pixels."),
    }


def _class_columns(detections: dict[str, DetectionScores], split: str) -> dict[str, Any]:
    about = f"Average precision (AP50) of the class on the split {split}. “{ABSENT}”: the truth has no object of it."
    titles = column_names.apart(list(detections), OWN)
    return {title: st.column_config.TextColumn(help=about, alignment="right") for title in titles} | {
        "Objects": st.column_config.NumberColumn(format="localized", help="Objects of the class in the truth.")
    }
