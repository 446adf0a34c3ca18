"""The objects in the models' predictions: their number per class, and the box, area and confidence of each."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.content.images import Picture, display
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui import charts, tables
from pages.shared.ui.layout import escape_markdown

MODEL = "Model"


def objects_view(picture: Picture, predictions: Sequence[ModelPrediction]) -> None:
    """Draw the number of objects per class, and a table of all objects."""
    table = object_table(predictions, display(picture).size)
    stuff = ", ".join(dict.fromkeys(name for one in predictions for name in one.run.label_space.stuff))
    limits = "; ".join(f"{one.name}: {100 * one.run.smallest_object:.3g} %" for one in predictions)
    about = (
        "An object is a connected region of one class, counted on the label map shown above: two things of the same "
        "class that touch count as one. The background, classes that cannot be counted"
        f"{f' ({stuff})' if stuff else ''} and regions smaller than the model's config allows ({limits}) are left out."
    )
    if table.empty:
        st.info("The models find no objects here, only classes that cannot be counted or regions too small to count.")
        st.caption("What is an object?", help=escape_markdown(about), width="content")
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        tables.show(
            object_counts(table),
            height="content",
            column_config=_count_columns(),
            alt="Number of objects by model and class",
        )
    with right:
        tables.show(
            table,
            height=min(35 * len(table) + 38, 420),
            column_config=_object_columns(),
            alt="Objects",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        charts.save(lambda: table, "compare_objects")
        st.caption("What is an object?", help=escape_markdown(about), width="content")


def object_table(predictions: Sequence[ModelPrediction], size: tuple[int, int]) -> pd.DataFrame:
    """Return one row per object, model by model, the largest first, with boxes scaled to a picture of ``size``."""
    rows = []
    for one in predictions:
        height, width = one.prediction.size
        scale = size[1] / width, size[0] / height
        for region in one.prediction.regions:
            box = (round(value * factor) for value, factor in zip(region.box, scale * 2, strict=True))
            name, area = one.run.label_space.names[region.ident], region.area / (height * width)
            rows.append((one.name, name, *box, area, region.confidence))
    return pd.DataFrame(rows, columns=[MODEL, "Class", "Left", "Top", "Width", "Height", "Area", "Confidence"])


def object_counts(objects: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model and class: number of objects and their total area; the most numerous first."""
    groups = objects.groupby([MODEL, "Class"], sort=False)
    counts = groups.agg(Objects=("Area", "size"), Area=("Area", "sum")).reset_index()
    of_models = [
        rows.sort_values(["Objects", "Area"], ascending=False) for _, rows in counts.groupby(MODEL, sort=False)
    ]
    return pd.concat(of_models, ignore_index=True)


def _count_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "Objects": number(help="Connected regions of this class."),
        "Area": number(format="percent", help="Share of the picture's pixels that these objects cover together."),
    }


def _object_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    side = "of the box around the object, in pixels of the picture at its own size."
    return {
        "Left": number(help=f"First column {side}"),
        "Top": number(help=f"First row {side}"),
        "Width": number(help=f"Width {side}"),
        "Height": number(help=f"Height {side}"),
        "Area": number(format="percent", help="Share of the picture's pixels that the object itself covers."),
        "Confidence": number(format="percent", help="Mean probability of the class over the object's pixels."),
    }
