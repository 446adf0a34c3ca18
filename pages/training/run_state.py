"""The progress of running trainings, how ended ones resume, and why a run has no curves."""

from collections.abc import Mapping, Sequence

import streamlit as st

from models.runs.run import Run
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from pages.training.curves import TrainingCurves

REFRESH_SECONDS = 5
Snapshot = list[tuple[str, float, str]]
"""Per run its name, the time its history was written and its state."""


def is_running(run: Run) -> bool:
    """Return whether a training is in progress."""
    status = run.status()
    return status is not None and status.state == "running"


def history_time(run: Run) -> float:
    """Return when the history of a run was last written, in seconds since 1970; 0 if it has none."""
    file = run.path / "history.csv"
    return file.stat().st_mtime if file.is_file() else 0.0


def draw_ended_runs(runs: Mapping[str, Run]) -> None:
    """Report which trainings failed or were stopped, why, and the command that resumes each."""
    for name, run in runs.items():
        status = None if run.published else run.status()
        if status is None or status.state not in {"failed", "stopped"}:
            continue
        reason = status.message.partition("; go on")[0].rstrip(".") or "the reason was not recorded"
        failed = status.state == "failed"
        verb, icon = ("failed", ":material/error:") if failed else ("ended", ":material/pause_circle:")
        (st.error if failed else st.info)(
            f"**{escape_markdown(name)}** {verb} after epoch {status.epoch} of {run.experiment.train.epochs}: "
            f"{escape_markdown(reason)}. Resume it with `{cli_commands.resume(run)}`",
            icon=icon,
        )


def draw_running_runs(runs: Mapping[str, Run]) -> None:
    """Draw the progress of running trainings, refreshed on its own so that the charts stay still between epochs."""
    if any(is_running(run) for run in runs.values()):
        st.fragment(_watch, run_every=REFRESH_SECONDS)(runs, _snapshot(runs))


def _watch(runs: Mapping[str, Run], drawn: Snapshot) -> None:
    """Draw the progress; redraw the whole page once any run differs from what was ``drawn``."""
    for name, run in runs.items():
        status = run.status()
        if status and status.state == "running":
            text = f"**{escape_markdown(name)}** is running: {escape_markdown(status.message)}"
            st.progress(min(status.epoch / run.experiment.train.epochs, 1.0), text=text)
    if _snapshot(runs) != drawn:
        st.rerun()


def _snapshot(runs: Mapping[str, Run]) -> Snapshot:
    return [(name, history_time(run), status.state if (status := run.status()) else "") for name, run in runs.items()]


def draw_missing_curves(trainings: Sequence[TrainingCurves], runs: Mapping[str, Run]) -> None:
    """Report which trainings have no curves, and why."""
    empty = [training.name for training in trainings if not training.metrics()]
    if damaged := [name for name in empty if name in runs and _has_finished_epoch(runs[name])]:
        names = escape_markdown(", ".join(damaged))
        st.warning(f"{names}: no curves, because history.csv is missing or cannot be read.", icon=":material/warning:")
    without_epoch = [name for name in empty if name not in damaged]
    ended = [name for name in without_epoch if name in runs and runs[name].status() and not is_running(runs[name])]
    if ended:
        names = escape_markdown(", ".join(ended))
        st.info(f"{names}: no curves, because the training ended before its first epoch did.")
    if waiting := [name for name in without_epoch if name not in ended]:
        st.info(f"{escape_markdown(', '.join(waiting))}: no curves yet; the first epoch has not finished.")


def _has_finished_epoch(run: Run) -> bool:
    """Return whether an epoch has finished, even if the history does not show it."""
    status = run.status()
    return run.weights.is_file() or (status is not None and status.epoch > 0)
