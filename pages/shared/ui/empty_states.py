"""What a page shows when there is no model, or none with weights."""

from collections.abc import Mapping

import streamlit as st

from models.runs.model import Model
from models.runs.run import Run
from pages.shared.ui import cli_commands, training_command
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.skipped_runs import show_skipped_runs


def no_models() -> None:
    """Say how to train a first model, and name the folders that are not valid runs."""
    st.info(
        "There is no model yet. Train one with these two commands, then open this page again.", icon=":material/info:"
    )
    training_command.show(cli_commands.first_model())
    st.caption(
        "The first command downloads the Oxford-IIIT Pet pictures, the second trains a small U-Net on them. The "
        "training appears on the Training page as soon as it starts, and its model on the Compare page after the first "
        "epoch. A copy of the repository with models in models/zoo needs no training."
    )
    show_skipped_runs()


def no_weights(runs: Mapping[str, Model], what: str) -> None:
    """Say ``what`` follows for the page, why each run has no weights, and how to resume the trainings that ended."""
    reasons = "".join(f"  \n**{escape_markdown(name)}**: {run.missing_weights_reason()}." for name, run in runs.items())
    st.info(f"{what}{reasons}", icon=":material/hourglass:")
    trainings = [run for run in runs.values() if isinstance(run, Run)]
    if ended := [run for run in trainings if (status := run.status()) and status.state in {"stopped", "failed"}]:
        training_command.show("\n".join(cli_commands.resume(run) for run in ended))
