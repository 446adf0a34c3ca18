"""How well models find objects, for the Evaluation page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.shared.content.class_iou import ABSENT
from pages.shared.content.scores import DETECTION, Detection, Scores
from pages.shared.ui.layout import escape_markdown


def found_by(shown: Sequence[Scores]) -> dict[str, Detection]:
    """Return how well objects are found by those models that were scored for it, by name."""
    return {one.name: one.detection for one in shown if one.detection}


def draw(shown: Sequence[Scores]) -> None:
    """Draw a table of the models and one of the classes; at least one model was scored for objects."""
    found = found_by(shown)
    split = shown[0].split
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("All classes", anchor=False)
        st.dataframe(
            model_scores(found),
            hide_index=True,
            placeholder="–",
            column_config=_model_columns(found, split),
            alt="How well objects are found by model",
        )
        st.caption(
            "A region is a connected patch of one class; things of one class that touch make one region.",
            help=f"A region finds an object of the split {split} if their boxes overlap by an IoU of at least "
            f"{next(iter(found.values())).iou:g} and nothing surer found it before.",
        )
        if missing := [one.name for one in shown if one.name not in found]:
            st.caption(f"Not scored for objects: {escape_markdown(', '.join(missing))}.")
    with right:
        st.subheader("AP50 by class", anchor=False)
        st.dataframe(
            class_scores(found),
            hide_index=True,
            height="content",
            column_config=_class_columns(found, split),
            alt="AP50 by class",
        )


def model_scores(found: dict[str, Detection]) -> pd.DataFrame:
    """Return one row per model: its scores, the number of its regions, and that of the objects."""
    rows = [
        {
            "Model": name,
            **{title: one.summary[key] for key, (title, _about) in DETECTION.items()},
            "Objects": one.classes["truth"].sum(),
            "Regions": one.classes["predicted"].sum(),
            "Least size": one.smallest,
        }
        for name, one in found.items()
    ]
    return pd.DataFrame(rows)


def class_scores(found: dict[str, Detection]) -> pd.DataFrame:
    """Return one row per class, those with most objects first: their number, and the AP of every model in words."""
    first = next(iter(found.values())).classes
    table = pd.DataFrame({"Class": first["name"], "Objects": first["truth"]})
    for name, one in found.items():
        table[name] = [ABSENT if np.isnan(value) else f"{value:.3f}" for value in one.classes["ap50"]]
    return table.sort_values("Objects", ascending=False, kind="stable")


def _model_columns(found: dict[str, Detection], split: str) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    iou = next(iter(found.values())).iou
    scores = {
        title: number(format="%.3f", help=f"On the split {split}, at an IoU of {iou:g}. {about}")
        for title, about in DETECTION.values()
    }
    return scores | {
        "Objects": number(format="localized", help="Objects that the truth outlines."),
        "Regions": number(format="localized", help="Connected regions that the model predicts."),
        "Least size": number(format="percent", help="Smaller regions don't count; a part of the picture's pixels."),
    }


def _class_columns(found: dict[str, Detection], split: str) -> dict[str, Any]:
    about = f"Average precision (AP50) of the class on the split {split}. “{ABSENT}”: the truth has no object of it."
    return {name: st.column_config.TextColumn(help=about, alignment="right") for name in found} | {
        "Objects": st.column_config.NumberColumn(format="localized", help="Objects of the class in the truth.")
    }
