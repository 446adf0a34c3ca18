"""The recipe of a model: its config as a table and as YAML, and the commands that train it again."""

import pandas as pd
import streamlit as st

from configs import schema
from configs.schema import Experiment
from models.runs.run import Run
from pages.shared.content.config_table import flatten
from pages.shared.ui import cli_commands, tables, training_command
from pages.shared.ui.layout import escape_markdown


def draw(run: Run) -> None:
    """Draw the recipe of a run."""
    st.header("Train it again", anchor=False)
    training_command.show(f"{cli_commands.prepare(run.dataset)}\n{cli_commands.train(run)}")
    train = run.experiment.train
    if train.initial_weights is not None:
        name = escape_markdown(train.initial_weights)
        st.caption(f"It starts from the weights of {name}, which must be here under that name.")
    elif train.encoder is not None:
        st.caption("Its encoder starts from ImageNet weights: downloaded, or taken from --encoder-weights FILE.")
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.subheader("Settings", anchor=False)
        columns = {
            "Section": st.column_config.TextColumn(help="The section of the config."),
            "Setting": st.column_config.TextColumn(help="Override it with --set section.setting=value."),
        }
        settings = table(run.experiment)
        tables.show(settings, height="content", column_config=columns, alt="Settings of the config")
    with right:
        st.subheader("The same as YAML", anchor=False)
        st.code(schema.dump(run.experiment), language="yaml")


def table(experiment: Experiment) -> pd.DataFrame:
    """Return a config as rows of section, setting and value; a section is named in its first row only."""
    settings = flatten(experiment.model_dump(mode="json"), none="–")
    cells = [(*path.rpartition(".")[::2], value) for path, value in settings.items()]
    rows = pd.DataFrame(cells, columns=["Section", "Setting", "Value"])
    # A section's own settings stand together, before its sub-sections.
    order = {section: position for position, section in enumerate(rows["Section"].unique())}
    rows = rows.sort_values("Section", key=lambda sections: sections.map(order), kind="stable", ignore_index=True)
    rows["Section"] = rows["Section"].mask(rows["Section"].duplicated(), "")
    return rows
