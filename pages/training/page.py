"""The Training page: the curves, configs and previews of any number of trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs import registry
from models.runs.run import Run, Status
from pages.shared.content.model_table import state
from pages.shared.content.run_names import named
from pages.shared.ui import charts, cli_commands, empty_states
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState, page_state
from pages.shared.ui.skipped_runs import show_skipped_runs
from pages.training import config_diff, curves
from pages.training.curves import METRICS, Curves, Look
from pages.training.preview_player import component as preview_player
from pages.training.uploaded_logs import uploaded_logs, uploader

REFRESH_SECONDS = 5
"""How often the curves of a training that is going on are read again."""
FEW = 8
"""Up to this many runs, each has a button of its own; above, they are searched in a list."""

EPOCH, TIME = "Epoch", "Time"


def training() -> None:
    """Draw the page."""
    st.title("Training", anchor=False)
    problems = st.container()
    chosen = page_state("training")
    chosen.follow_link()
    runs = named(registry.runs())
    held = uploaded_logs()
    if not runs and not held.curves:
        empty_states.no_models()
        uploader(held)
        return
    names = _choose(chosen, runs)
    uploader(held)
    brought = _choose_uploaded(chosen, held.curves)
    shown = {name: runs[name] for name in names}
    if not shown and not brought:
        st.info("Choose at least one run above to see how its training went.", icon=":material/touch_app:")
    else:
        _draw(chosen, shown, brought)
    show_skipped_runs()
    chosen.show_problems(problems)
    chosen.write_link()


def _draw(chosen: PageState, shown: Mapping[str, Run], brought: Sequence[Curves]) -> None:
    """Draw the chosen trainings."""
    metrics, look = _controls(chosen, brought)
    _ended(shown)
    if any(_running(run.status()) for run in shown.values()):
        st.fragment(_watch, run_every=REFRESH_SECONDS)(shown, _changes(shown))
    _curves(shown, brought, metrics, look)
    if shown:
        with error_boundary("The previews"):
            st.fragment(_previews)(chosen, shown)
        with error_boundary("The configs"):
            _configs(chosen, shown)


def _choose(chosen: PageState, runs: Mapping[str, Run]) -> list[str]:
    """Draw the choice of runs; those that are going on are chosen at first, else the latest."""
    if not runs:
        return []
    options, about = list(runs), "Any number of them; published ones come first."
    arguments = chosen.widget("runs", _first_choice(runs), options, always=True)
    if len(runs) <= FEW:
        picked = st.pills(
            "Runs", options, selection_mode="multi", format_func=escape_markdown, help=about, wrap=True, **arguments
        )
    else:
        picked = st.multiselect("Runs", options, help=about, **arguments)
    return [name for name in options if name in picked]


def _first_choice(runs: Mapping[str, Run], few: int = 3) -> list[str]:
    """Return the runs to begin with: those going on, else those with the latest curves, else the published ones."""
    running = [name for name, run in runs.items() if _running(run.status())]
    if running:
        return running
    times = {name: _changed(run) for name, run in runs.items()}
    return sorted(sorted(times, key=lambda name: -times[name])[:few])


def _changed(run: Run) -> float:
    file = run.path / "history.csv"
    return file.stat().st_mtime if file.is_file() else 0.0


def _choose_uploaded(chosen: PageState, brought: dict[str, Curves]) -> list[Curves]:
    """Draw the choice of uploaded logs, all chosen at first."""
    if not brought:
        return []
    # Their names mean nothing to anyone else, so they stay out of the address.
    key = "training_uploaded"
    names = list(brought)
    picked = st.pills(
        "Uploaded", names, default=names, selection_mode="multi", format_func=escape_markdown, key=key, wrap=True
    )
    return [brought[name] for name in picked]


def _controls(chosen: PageState, brought: Sequence[Curves]) -> tuple[list[str], Look]:
    """Draw how the curves shall be shown."""
    extra = [metric for one in brought for metric in one.metrics() if metric not in METRICS]
    options = [*METRICS, *dict.fromkeys(extra)]
    metrics = st.pills(
        "Curves",
        options,
        selection_mode="multi",
        format_func=lambda metric: escape_markdown(curves.about(metric).title),
        wrap=True,
        **chosen.widget("curves", list(METRICS), options),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        x = st.segmented_control("Along", [EPOCH, TIME], required=True, **chosen.widget("x", EPOCH, [EPOCH, TIME]))
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.99,
            step=0.01,
            width=220,
            help="How much of the past an exponential moving average keeps; the measured curve stays behind it, faint.",
            **chosen.widget("smoothing", 0.0),
        )
        logarithmic = st.toggle("Logarithmic", **chosen.widget("log", False))
    return list(metrics), Look("epoch" if x == EPOCH else "time", min(smoothing, 0.99), logarithmic)


def _ended(runs: Mapping[str, Run]) -> None:
    """Say which trainings ended before they were finished, why, and how they go on."""
    for name, run in runs.items():
        status = None if run.published else run.status()
        if status is None or status.state not in {"failed", "stopped"}:
            continue
        why = status.message.partition("; go on")[0].rstrip(".") or "nothing says why"
        end = f"failed after epoch {status.epoch}" if status.state == "failed" else f"ended with epoch {status.epoch}"
        again = cli_commands.resume(run)
        words = (
            f"**{escape_markdown(name)}** {end} of {run.experiment.train.epochs}: {escape_markdown(why)}. "
            f"To go on with it: `{again}`"
        )
        if status.state == "failed":
            st.error(words, icon=":material/error:")
        else:
            st.info(words, icon=":material/pause_circle:")


def _watch(runs: Mapping[str, Run], drawn: list[tuple[str, float, str]]) -> None:
    """Draw how far the trainings are; when there is more to see than was ``drawn``, draw the whole page anew.

    This alone runs again and again, so the charts stay still until an epoch is finished.
    """
    for name, run in runs.items():
        status = run.status()
        if status and _running(status):
            words = f"**{escape_markdown(name)}** is going on: {escape_markdown(status.message)}"
            st.progress(min(status.epoch / run.experiment.train.epochs, 1.0), text=words)
    if _changes(runs) != drawn:
        st.rerun()


def _changes(runs: Mapping[str, Run]) -> list[tuple[str, float, str]]:
    """Return what changes when there is more to see of any run."""
    return [(name, _changed(run), status.state if (status := run.status()) else "") for name, run in runs.items()]


def _curves(runs: Mapping[str, Run], brought: Sequence[Curves], metrics: Sequence[str], look: Look) -> None:
    """Draw the figures of the trainings, and their curves."""
    found = [*(curves.of_run(name, run) for name, run in runs.items()), *brought]
    styles = [Style.of(index) for index in range(len(found))]
    st.dataframe(
        summary(found, runs), hide_index=True, column_config=_summary_columns(), placeholder="–", alt="Trainings"
    )
    _notes(found, runs, look)
    drawn = [metric for metric in metrics if any(metric in one.metrics() for one in found)]
    for row in range(0, len(drawn), 2):
        for place, metric in zip(st.columns(2, gap="medium"), drawn[row : row + 2], strict=False):
            with place, error_boundary(f"The chart of {curves.about(metric).title}"):
                _chart(metric, found, styles, look)


def _chart(metric: str, found: Sequence[Curves], styles: Sequence[Style], look: Look) -> None:
    """Draw one chart."""
    with_values = [
        (one, style)
        for one, style in zip(found, styles, strict=True)
        if metric in one.metrics() and (look.x == "epoch" or one.has("time"))
    ]
    if not with_values:
        return
    drawn, their_styles = [one for one, _ in with_values], [style for _, style in with_values]
    figure = curves.chart(metric, drawn, their_styles, look)
    what = curves.about(metric)
    charts.show(
        figure,
        "training_" + "".join(letter if letter.isalnum() else "_" for letter in metric),
        f"{what.title} of {', '.join(one.name for one in drawn)}",
        lambda: curves.long_table(metric, drawn, look.smoothing),
        about=what.about,
    )


def _notes(found: Sequence[Curves], runs: Mapping[str, Run], look: Look) -> None:
    """Say how to read the charts, and what they leave out."""
    st.caption(
        "Solid: validation. Dashed: training. ★ best epoch: the highest validation mIoU, else accuracy, else the "
        "lowest loss; epochs at a smaller size at the start do not count. Click a name below a chart to hide it there. "
        "Figures of runs are at the network's size here, and at the masks' own size on the other pages, so they differ "
        "a little."
    )
    nothing = [one.name for one in found if not one.metrics()]
    damaged = [name for name in nothing if name in runs and _trained(runs[name])]
    if damaged:
        st.warning(
            f"{escape_markdown(', '.join(damaged))}: history.csv is missing or cannot be read, so there are no curves.",
            icon=":material/warning:",
        )
    empty = [name for name in nothing if name not in damaged]
    ended = [name for name in empty if name in runs and (status := runs[name].status()) and not _running(status)]
    if ended:
        st.info(f"{escape_markdown(', '.join(ended))}: ended before an epoch was finished, so there are no curves.")
    if waiting := [name for name in empty if name not in ended]:
        st.info(f"{escape_markdown(', '.join(waiting))}: no epoch is finished yet, so there are no curves.")
    timeless = [one.name for one in found if one.metrics() and not one.has("time")]
    if look.x == "time" and timeless:
        st.info(f"{escape_markdown(', '.join(timeless))}: has no times, so it is only shown along epochs.")


def _trained(run: Run) -> bool:
    """Return whether an epoch of a run has been finished, whatever its curves say."""
    status = run.status()
    return run.weights.is_file() or (status is not None and status.epoch > 0)


def summary(found: Sequence[Curves], runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return one row per training with its best epoch; what is not known is missing."""
    return pd.DataFrame([_summary_row(one, runs.get(one.name)) for one in found])


def _summary_row(one: Curves, run: Run | None) -> dict[str, object]:
    best = curves.best_epoch(one.table, one.small_epochs)
    row = one.table.iloc[best[0]] if best else pd.Series(dtype=float)
    return {
        "Run": one.name,
        "State": state(run) if run else one.origin,
        "Dataset": run.dataset.title if run else None,
        "Epochs": len(one.table),
        "Best epoch": row.get("epoch"),
        "mIoU": row.get("val_miou"),
        "Pixel accuracy": row.get("val_accuracy"),
        "Loss": row.get("val_loss"),
        "Minutes": one.table["time"].max() / 60,
        "Images/s": one.table["images_per_second"].median() if one.has("images_per_second") else None,
    }


def _summary_columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    at_best = "On the validation split, at the network's size, after the best epoch."
    return {
        "Run": text(help="The name of its folder, or of the uploaded log."),
        "State": text(help="How far it is, or what an uploaded log was written by. Published runs are finished."),
        "Dataset": text(help="What it is trained on. An uploaded log does not say."),
        "Epochs": number(help="Epochs finished."),
        "Best epoch": number(
            format="%d",
            help="The one with the highest validation mIoU, else accuracy, else the lowest loss. Epochs at a smaller "
            "size at the start count only as long as there are no others.",
        ),
        "mIoU": number(format="%.3f", help=f"{METRICS['miou'].about} {at_best}"),
        "Pixel accuracy": number(format="%.3f", help=f"{METRICS['accuracy'].about} {at_best}"),
        "Loss": number(format="%.3f", help=at_best),
        "Minutes": number(format="%.1f", help="All finished epochs together."),
        "Images/s": number(format="%.1f", help="Training images per second, median of the epochs."),
    }


def _previews(chosen: PageState, runs: Mapping[str, Run]) -> None:
    """Draw the masks through the epochs."""
    st.header("Masks taking shape", anchor=False)
    titles = preview_player.pictures(runs)
    if not titles:
        st.info("The chosen runs have no previews yet. Every finished epoch brings one.")
        return
    options = list(titles)
    picture = st.selectbox(
        "Picture",
        options,
        format_func=lambda name: titles[name],
        width=360,
        help="What each model answers for it after every epoch. Pictures of the validation split, and samples.",
        **chosen.widget("picture", options[0], options),
    )
    preview_player.film(runs, picture, "film")
    chosen.write_link()


def _configs(chosen: PageState, runs: Mapping[str, Run]) -> None:
    """Draw the configs side by side."""
    st.header("Configs", anchor=False)
    table = config_diff.table({name: run.experiment.model_dump(mode="json") for name, run in runs.items()})
    several = len(runs) > 1
    only = several and st.toggle("Only differences", **chosen.widget("differences", True))
    if only:
        table = table[table["Differs"] == config_diff.MARK]
    if table.empty:
        st.info("The chosen runs have the same config.")
        return
    if not several:
        table = table.drop(columns="Differs")
    st.dataframe(
        config_diff.lit(table) if several else table,
        hide_index=True,
        alt="Settings of the configs",
        column_config={
            "Differs": st.column_config.TextColumn(width="small", help="≠: the chosen runs differ in this setting."),
            "Setting": st.column_config.TextColumn(help="As in the YAML file of the run."),
        },
    )


def _running(status: Status | None) -> bool:
    return status is not None and status.state == "running"
