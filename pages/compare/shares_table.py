"""The share of each class in the models' predictions."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.compare.viewer.component import duration
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui import charts, tables


def shares_view(predictions: Sequence[ModelPrediction]) -> None:
    """Draw the table of all models' shares."""
    table = shares_table(predictions)
    tables.show(
        table,
        height=min(35 * len(table) + 38, 420),
        alt="Shares of the classes by model",
        column_config={
            "Share": st.column_config.NumberColumn(
                format="percent", help="Share of the picture's pixels, counted on the label map shown above."
            ),
            "Time": st.column_config.TextColumn(help="From the decoded picture to the label map, on this computer."),
        },
    )
    charts.save(lambda: table, "compare_shares")


def shares_table(predictions: Sequence[ModelPrediction]) -> pd.DataFrame:
    """Return one row per model and predicted class, the largest share of each model first."""
    rows = [
        {"Model": one.name, "Dataset": one.run.dataset.title, "Class": one.run.label_space.names[index], "Share": share}
        | {"Time": duration(one.prediction.seconds)}
        for one in predictions
        for index, share in sorted(enumerate(one.prediction.shares), key=lambda pair: -pair[1])
        if share > 0
    ]
    return pd.DataFrame(rows, columns=["Model", "Dataset", "Class", "Share", "Time"])
