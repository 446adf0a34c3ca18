"""What to say where there is nothing yet."""

from collections.abc import Mapping

import streamlit as st

from models.runs.run import Run
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.skipped_runs import show_skipped_runs


def no_models() -> None:
    """Say how to get a model, and what is there but no sound run."""
    st.info(
        "There is no model yet. Train one with these two commands, then open this page again.", icon=":material/info:"
    )
    st.code(cli_commands.first_model(), language="bash")
    st.caption(
        "The first downloads the Oxford-IIIT Pet pictures, the second trains a small U-Net on them. The training is on "
        "the Training page as soon as it begins, and its model answers on the Compare page once the first epoch is "
        "done. A copy of the repository with models in models/zoo needs no training."
    )
    show_skipped_runs()


def no_weights(runs: Mapping[str, Run], what: str) -> None:
    """Say of each run, none of which has weights, why that is so, and how a training that ended goes on.

    Args:
        runs: Runs by name.
        what: What that means for the page, in a sentence.
    """
    reasons = "".join(f"  \n**{escape_markdown(name)}**: {run.missing_weights_reason()}." for name, run in runs.items())
    st.info(f"{what}{reasons}", icon=":material/hourglass:")
    ended = [run for run in runs.values() if (status := run.status()) and status.state in {"stopped", "failed"}]
    if ended:
        st.code("\n".join(cli_commands.resume(run) for run in ended), language="bash")
