"""Draws what came of a clip: which model is steadier, the curves, a closer look at one model, and what can be saved."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs.model import Model
from models.video.results import ModelResult, Moment
from pages.shared.content import latency, model_table
from pages.shared.ui import tables
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState
from pages.shared.ui.text import listed
from pages.video.whole_file import charts, saving
from pages.video.whole_file.comparison_video.component import comparison_video
from pages.video.whole_file.kept_clip import KeptClip
from pages.video.whole_file.outcome import Outcome

CONSISTENCY, FLICKER, PAIRS = "Temporal consistency", "Flicker", "Frames compared"
UNLIKE, MIOU, SPEED = "Unlike frames", "mIoU", "Speed (ms)"
_COLUMNS = ["Model", CONSISTENCY, FLICKER, PAIRS, UNLIKE, MIOU, SPEED]


def draw(state: PageState, clip: KeptClip) -> None:
    """Draw the results. Raises ``UserError`` if they can't be read."""
    outcome = clip.outcome()
    summary = outcome.summary
    _facts(outcome)
    with error_boundary("The links that save the results"):
        saving.draw(outcome)
    place = st.container()
    moment = _steadiness(state, clip, outcome)
    with place, error_boundary("The video of the comparison"):
        about = f"{listed(['the clip', *(model.name for model in summary.models)])} side by side"
        comparison_video(
            saving.comparison(outcome), about, "whole_file_comparison", None if moment is None else moment.time
        )


def _steadiness(state: PageState, clip: KeptClip, outcome: Outcome) -> Moment | None:
    """Draw which model is steadier, and return the moment that was chosen to be looked at, if any."""
    summary = outcome.summary
    styles = {model.name: Style.of(index) for index, model in enumerate(summary.models)}
    st.subheader("Which model is steadier?", anchor=False)
    table = steadiness_table(summary.models, {run.name: run for run in clip.runs})
    tables.show(table, column_config=_columns(), height="content", alt="How steady each model is")
    st.caption(
        "Steady is not right: a model that calls everything road is perfectly steady. Compare models on the same clip."
    )
    if not any(model.compared_pairs for model in summary.models):
        st.info("No two consecutive frames can be compared, so there are no curves.", icon=":material/info:")
        return None
    left, right = st.columns(2, gap="medium") if outcome.agreement else (st.container(), None)
    with left, error_boundary("The curve of temporal consistency"):
        charts.consistency(outcome.consistency, styles)
    if right is not None:
        with right, error_boundary("The curve of agreement"):
            charts.agreement(outcome.agreement)
    st.subheader("A closer look", anchor=False)
    names = list(styles)
    name = names[0]
    if len(names) > 1:
        name = st.segmented_control(
            "Model", names, required=True, format_func=escape_markdown, wrap=True,
            **state.widget("of", names[0], names),
        )  # fmt: skip
    one = next(model for model in summary.models if model.name == name)
    left, right = st.columns(2, gap="medium")
    with left, error_boundary("The flicker by class"):
        charts.flicker(one, styles[name])
    with right, error_boundary("The least steady moments"):
        return _moments(outcome, one)
    return None


def steadiness_table(found: Sequence[ModelResult], runs: Mapping[str, Model]) -> pd.DataFrame:
    """Return one row per model, the steadiest first; unknown values are missing, never 0."""
    speeds = latency.measured_or_published()
    rows = []
    for model in sorted(found, key=lambda one: -1.0 if one.consistency is None else one.consistency, reverse=True):
        scores = model_table.scores(runs[model.name])
        rows.append(
            {
                "Model": model.name,
                CONSISTENCY: model.consistency,
                FLICKER: model.flicker,
                PAIRS: model.compared_pairs,
                UNLIKE: model.unlike,
                MIOU: None if scores is None else scores.miou,
                SPEED: speeds.of(runs[model.name]),
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS).astype(
        dict.fromkeys((CONSISTENCY, FLICKER, UNLIKE, MIOU, SPEED), float)
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        CONSISTENCY: number(
            format="%.3f",
            help="Mean IoU of a frame's labels and those of the frame before, moved along with the picture by optical "
            "flow, over the classes that either has; the mean over the frames. No real clip reaches 1.",
        ),
        FLICKER: number(
            format="%.4f",
            help="Share of the compared pixels whose class changed from one frame to the next, 0 to 1.",
        ),
        PAIRS: number(
            format="localized",
            help="Frames that could be compared with the one before: not the first one, and not where the scene was "
            "cut, so that less than a quarter of the pixels can be found again.",
        ),
        UNLIKE: number(
            format="percent",
            help="Share of the frames that are unlike those the model was trained on, judged by how strongly its "
            "deepest levels respond. The model's card says how far that can be trusted. Empty if the model "
            "cannot tell.",
        ),
        MIOU: number(
            f"mIoU ({model_table.SPLIT})",
            format="%.3f",
            help=f"How right it is, on the {model_table.SPLIT} split of its own dataset; models of different datasets "
            "do not compare. Empty if it has not been scored.",
        ),
        SPEED: number(format="%.1f", help=latency.about(latency.measured_or_published())),
    }


def _facts(outcome: Outcome) -> None:
    """Say what the clip is, and what there is to know about it."""
    clip = outcome.summary.clip
    seconds, (height, width) = clip.last_time - clip.first_time, clip.size
    st.caption(f"{clip.frames:,} frames of {width} × {height} pixels, {seconds:.1f} s")
    if outcome.summary.notes:
        notes = "  \n".join(escape_markdown(f"The clip: {note}.") for note in outcome.summary.notes)
        st.info(notes, icon=":material/info:")


def _moments(outcome: Outcome, model: ModelResult) -> Moment | None:
    """Draw the list of the least steady moments and the picture of the chosen one, and return it."""
    moments = {moment.frame: moment for moment in model.least_steady}
    if not moments:
        st.caption("No frame of this model could be compared.")
        return None
    chosen = st.radio(
        "Least steady moments",
        list(moments),
        index=None,
        format_func=lambda frame: (
            f"{moments[frame].time:.2f} s, frame {frame:,}: consistency {moments[frame].consistency:.3f}"
        ),
        key=f"whole_file_moment_{model.name}",
        help="The frames most unlike the ones before, at least a second apart. Choose one to see it, here and in the "
        "video.",
    )
    if chosen in moments:
        what = f"Frame {chosen:,} at {moments[chosen].time:.2f} s, as in the comparison"
        st.image(outcome.still(moments[chosen]), caption=what, alt=what, width="stretch")
    return None if chosen is None else moments.get(chosen)
