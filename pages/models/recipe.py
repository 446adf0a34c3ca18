"""How a model was trained: its config as a table and as YAML, and the commands that train it again."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import streamlit as st

from configs import schema
from configs.schema import Experiment
from models.runs.run import Run
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown


def draw(run: Run) -> None:
    """Draw the recipe of a run."""
    st.header("Train it again", anchor=False)
    st.code(f"{cli_commands.prepare(run.dataset)}\n{cli_commands.train(run)}", language="bash")
    train = run.experiment.train
    if train.initial_weights is not None:
        st.caption(
            f"It starts from the weights of {escape_markdown(train.initial_weights)}, which has to be here by that "
            f"name."
        )
    elif train.encoder is not None:
        st.caption("Its encoder starts from ImageNet weights: downloaded, or taken from --encoder-weights FILE.")
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.subheader("Settings", anchor=False)
        st.dataframe(
            table(run.experiment),
            hide_index=True,
            height="content",
            alt="Settings of the config",
            column_config={
                "Section": st.column_config.TextColumn(help="Where in the config it stands."),
                "Setting": st.column_config.TextColumn(help="What --set section.setting=value overrides."),
            },
        )
    with right:
        st.subheader("The same as YAML", anchor=False)
        st.code(schema.dump(run.experiment), language="yaml")


def table(experiment: Experiment) -> pd.DataFrame:
    """Return a config as rows of section, setting and value; the section is named once."""
    rows = []
    last = ""
    for path, value in _leaves(experiment.model_dump(mode="json")):
        section, _, setting = path.rpartition(".")
        rows.append({"Section": section if section != last else "", "Setting": setting, "Value": _text(value)})
        last = section
    return pd.DataFrame(rows)


def _leaves(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the single values of a config with their paths, those of a section before its sub-sections."""
    nested = {key: value for key, value in content.items() if isinstance(value, dict) and value}
    for key, value in content.items():
        if key not in nested:
            yield f"{prefix}{key}", value
    for key, value in nested.items():
        yield from _leaves(value, f"{prefix}{key}.")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == {} else f"{value:g}" if isinstance(value, float) else str(value)
