"""The configs of runs side by side, with their differences marked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from configs import column_names
from models.runs.run import Run
from pages.shared.content.config_table import flatten
from pages.shared.ui import tables
from pages.shared.ui.page_state import PageState

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

DIFFERS, SETTING = "Differs", "Setting"
MARK = "≠"
ABSENT = "–"


def table(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per setting of the ``configs`` by run: ``Differs``, ``Setting``, and one column per run."""
    titles = column_names.apart(list(configs), (DIFFERS, SETTING), "run")
    flat = {title: flatten(config) for title, config in zip(titles, configs.values(), strict=True)}
    keys = list(dict.fromkeys(key for settings in flat.values() for key in settings))
    rows = pd.DataFrame({name: [settings.get(key, ABSENT) for key in keys] for name, settings in flat.items()})
    marks = rows.ne(rows.iloc[:, 0], axis=0).any(axis=1).map({True: MARK, False: ""})
    rows.insert(0, SETTING, keys)
    rows.insert(0, DIFFERS, marks)
    return rows


def draw_configs(state: PageState, runs: Mapping[str, Run]) -> None:
    """Draw the configs side by side."""
    st.header("Configs", anchor=False)
    settings = table({name: run.experiment.model_dump(mode="json") for name, run in runs.items()})
    several = len(runs) > 1
    if several and st.toggle("Only differences", **state.widget("differences", True)):
        settings = settings[settings[DIFFERS] == MARK]
    if settings.empty:
        st.info("The chosen runs have the same config.")
        return
    shown = highlight_differences(settings) if several else settings.drop(columns=DIFFERS)
    columns = {
        DIFFERS: st.column_config.TextColumn(width="small", help="≠: the chosen runs differ in this setting."),
        SETTING: st.column_config.TextColumn(help="The key in the run's YAML file."),
    }
    tables.show(shown, column_config=columns, alt="Settings of the configs")


def highlight_differences(table: pd.DataFrame) -> "Styler":
    """Return a table as of ``table`` in which values that differ from the first run's are coloured."""
    first_run = table.columns[2]

    def row_style(row: "pd.Series[str]") -> list[str]:
        differs = [column not in {DIFFERS, SETTING} and row[column] != row[first_run] for column in row.index]
        # Translucent, so that it suits the light and the dark theme alike.
        return ["background-color: rgba(214, 160, 40, 0.25); font-weight: 600" if cell else "" for cell in differs]

    return table.style.apply(row_style, axis=1)
