"""The objects that the models find in a picture: how many of which class, and each with box, area and confidence."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.content.images import Picture, display
from pages.shared.content.predictions import Found
from pages.shared.ui import charts
from pages.shared.ui.layout import escape_markdown

MODEL = "Model"


def objects(picture: Picture, found: Sequence[Found]) -> None:
    """Draw how many objects of each class the models find, and each object."""
    each = each_object(found, display(picture).size)
    smallest = {name: f"{100 * run.experiment.evaluate.smallest_object:.3g} %" for name, run, _ in found}
    limits = "; ".join(f"{name}: {limit}" for name, limit in smallest.items())
    about = (
        "An object is a connected region of one class, counted on the label map shown above: two things of one class "
        f"that touch are one. Left out are the background, what cannot be counted{_uncounted(found)} and whatever is "
        f"smaller than the config allows ({limits})."
    )
    if each.empty:
        st.info("The models find no objects here, only what cannot be counted or pieces too small to count.")
        st.caption("What is an object?", help=escape_markdown(about), width="content")
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.dataframe(
            counts(each),
            hide_index=True,
            height="content",
            column_config=_count_columns(),
            alt="Number of objects by model and class",
        )
    with right:
        st.dataframe(
            each,
            hide_index=True,
            height=min(35 * len(each) + 38, 420),
            column_config=_object_columns(),
            alt="Objects",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        charts.save(lambda: each, "compare_objects")
        st.caption("What is an object?", help=escape_markdown(about), width="content")


def _uncounted(found: Sequence[Found]) -> str:
    """Name the classes of the models that are no countable things, in brackets."""
    names = dict.fromkeys(name for _, run, _ in found for name in run.label_space.stuff)
    return f" ({', '.join(names)})" if names else ""


def each_object(found: Sequence[Found], size: tuple[int, int]) -> pd.DataFrame:
    """Return one row per object, model by model, the largest first.

    Args:
        found: The models' answers.
        size: Height and width of the picture, in whose pixels the boxes are told.
    """
    rows = []
    for name, run, answer in found:
        height, width = answer.size
        down, across = size[0] / height, size[1] / width
        for thing in answer.objects:
            left, top, wide, high = thing.box
            box = round(left * across), round(top * down), round(wide * across), round(high * down)
            rows.append(
                (name, run.label_space.names[thing.ident], *box, thing.area / (height * width), thing.confidence)
            )
    return pd.DataFrame(rows, columns=[MODEL, "Class", "Left", "Top", "Width", "Height", "Area", "Confidence"])


def counts(each: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model and class: how many objects, and the area of all together; the most numerous first."""
    groups = each.groupby([MODEL, "Class"], sort=False)
    table = groups.agg(Objects=("Area", "size"), Area=("Area", "sum")).reset_index()
    models = list(dict.fromkeys(each[MODEL]))
    order = table.assign(place=table[MODEL].map(models.index)).sort_values(
        ["place", "Objects", "Area"], ascending=[True, False, False], kind="stable"
    )
    return order.drop(columns="place").reset_index(drop=True)


def _count_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "Objects": number(help="Connected regions of this class."),
        "Area": number(format="percent", help="Part of the picture's pixels, all of these objects together."),
    }


def _object_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    side = "in pixels of the picture at its own size, as the box around the object has it."
    return {
        "Left": number(help=f"First column, {side}"),
        "Top": number(help=f"First row, {side}"),
        "Width": number(help=f"Columns, {side}"),
        "Height": number(help=f"Rows, {side}"),
        "Area": number(format="percent", help="Part of the picture's pixels that the object itself covers."),
        "Confidence": number(
            format="percent", help="Mean over the object's pixels of the probability that the model gives the class."
        ),
    }
