"""The Training page: the curves, configs and previews of any number of trainings."""

from collections.abc import Mapping, Sequence

import streamlit as st

from models.runs import registry
from models.runs.run import Run
from pages.shared.content.model_chooser import choose_models
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui import empty_states
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import show_skipped_runs
from pages.training import run_state
from pages.training.config_diff import draw_configs
from pages.training.curve_charts import TIME, ChartOptions, chart_controls, draw_charts
from pages.training.curves import AXES, TrainingCurves, run_curves
from pages.training.preview_player.component import draw_previews
from pages.training.summary_table import draw_summary
from pages.training.uploaded_logs import CHOSEN, current_uploads, draw_uploader


def draw_page() -> None:
    """Draw the page."""
    st.title("Training", anchor=False)
    problems = st.container()
    state = page_state("training")
    state.follow_link()
    runs = runs_by_name(registry.runs())
    uploads = current_uploads()
    if not runs and not uploads.curves:
        empty_states.no_models()
        draw_uploader(uploads)
        return
    names = _choose_runs(state, runs) if runs else []
    draw_uploader(uploads)
    uploaded = _choose_uploaded(uploads.curves)
    if names or uploaded:
        _draw_trainings(state, {name: runs[name] for name in names}, uploaded)
    else:
        st.info("Choose at least one run above to see how its training went.", icon=":material/touch_app:")
    show_skipped_runs()
    state.show_problems(problems)
    state.write_link()


def _choose_runs(state: PageState, runs: Mapping[str, Run]) -> list[str]:
    """Draw the choice of runs; by default the running ones are chosen, else the three with the latest curves."""
    names = list(runs)
    latest = sorted(names, key=lambda name: -run_state.history_time(runs[name]))[:3]
    running = [name for name in names if run_state.is_running(runs[name])]
    binding = state.widget("runs", running or sorted(latest), names, always=True)
    return choose_models("Runs", names, binding, "Any number of them; published ones come first.")


def _choose_uploaded(uploaded: Mapping[str, TrainingCurves]) -> list[TrainingCurves]:
    """Draw the choice of uploaded logs, all of them by default."""
    if not uploaded:
        return []
    names = list(uploaded)
    st.session_state.setdefault(CHOSEN, names)
    picked = st.pills("Uploaded", names, selection_mode="multi", format_func=escape_markdown, key=CHOSEN, wrap=True)
    return [uploaded[name] for name in picked]


def _draw_trainings(state: PageState, runs: Mapping[str, Run], uploaded: Sequence[TrainingCurves]) -> None:
    """Draw the chosen runs and uploaded logs."""
    metrics, options = chart_controls(state, uploaded)
    run_state.draw_ended_runs(runs)
    run_state.draw_running_runs(runs)
    trainings = [*(run_curves(name, run) for name, run in runs.items()), *uploaded]
    draw_summary(trainings, runs)
    _draw_notes(trainings, options)
    run_state.draw_missing_curves(trainings, runs)
    draw_charts(trainings, metrics, options)
    if runs:
        with error_boundary("The previews"):
            st.fragment(draw_previews)(state, runs)
        with error_boundary("The configs"):
            draw_configs(state, runs)


def _draw_notes(trainings: Sequence[TrainingCurves], options: ChartOptions) -> None:
    """Explain the charts, and name the trainings that they leave out."""
    st.caption(
        "Solid: validation. Dashed: training. ★ best epoch: the highest validation mIoU, else accuracy, else the "
        "lowest loss; epochs at a smaller size at the start do not count. Click a name below a chart to hide it there. "
        "Runs are scored at the network's size here and at the masks' own size on the other pages, so the figures "
        "differ a little."
    )
    timeless = [
        training.name
        for training in trainings
        if any(training.metrics(axis) and not training.has_values("time", axis) for axis in AXES)
    ]
    if options.x == TIME and timeless:
        names = escape_markdown(", ".join(timeless))
        st.info(f"{names}: the log has no times, so it is only drawn along epochs or steps.")
    notes = [
        f"**{escape_markdown(training.name)}:** {escape_markdown('; '.join(training.notes))}."
        for training in trainings
        if training.notes
    ]
    if notes:
        st.info("  \n".join(notes), icon=":material/info:")
