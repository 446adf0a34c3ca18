"""The Video page: models on top, and below them the player, which works without reruns, or the view of a whole file."""

from collections.abc import Mapping

import streamlit as st

from configs import limits
from models.added.stored import StoredPredictions
from models.runs import registry
from models.runs.model import Model
from pages.shared.content.default_precision import in_default_precision
from pages.shared.content.live_permits import Permit, permit
from pages.shared.content.model_chooser import choose_models
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui import empty_states
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import page_state
from pages.video.player.component import player
from pages.video.whole_file import view as whole_file

MODELS_AT_FIRST = 2
LIVE, WHOLE = "live", "whole"
TITLES = {LIVE: "Live", WHOLE: "Whole file"}
KINDS_AT_FIRST = ("scene", "pet")
"""Kinds of datasets whose models suit what is usually before a camera, the most likely one first."""


def draw_page() -> None:
    """Draw the page."""
    st.title("Video", anchor=False)
    problems = st.container()
    runs = runs_by_name(registry.models())
    models = {name: run for name, run in runs.items() if run.is_ready and not isinstance(run, StoredPredictions)}
    if not models:
        if runs:
            empty_states.no_weights(runs, "No model has weights yet, so there is none to watch a video with.")
        else:
            empty_states.no_models()
        return
    state = page_state("video")
    state.follow_link()
    about = "  \n".join(
        f"**{escape_markdown(name)}**: trained on {escape_markdown(run.dataset.title)}" for name, run in models.items()
    )
    binding = state.widget("models", _at_first(models), list(models), always=True)
    chosen = choose_models("Models", list(models), binding, about)
    binding = state.widget("view", LIVE, list(TITLES))
    view = st.segmented_control(
        "View", list(TITLES), required=True, format_func=TITLES.__getitem__, label_visibility="collapsed", **binding
    )
    if not chosen:
        st.info("Choose at least one model above to see its masks.", icon=":material/touch_app:")
    if view == WHOLE:
        with error_boundary("The view of a whole file"):
            whole_file.draw(state, [models[name] for name in chosen])
    else:
        st.caption(_limits())
        with error_boundary("The player"):
            player({name: models[name] for name in chosen}, _permit(models), key="player")
    state.write_link()
    state.show_problems(problems)


def _at_first(models: Mapping[str, Model]) -> list[str]:
    """Choose the models to begin with: one of each kind that suits a camera, published ones if there are any."""
    usual = [name for name, run in models.items() if run.precision is None]
    offered = [name for name in usual if models[name].published] or usual
    firsts = {kind: name for name in reversed(offered) if (kind := models[name].dataset.kind) in KINDS_AT_FIRST}
    ranked = [firsts[kind] for kind in KINDS_AT_FIRST if kind in firsts]
    ranked += [name for name in offered if name not in ranked]
    first = in_default_precision(models, ranked[:MODELS_AT_FIRST])
    return [name for name in models if name in first]


def _permit(models: Mapping[str, Model]) -> Permit:
    """Return the permit of the visit, for these models."""
    if "live_permit" not in st.session_state:
        st.session_state["live_permit"] = permit()
    given: Permit = st.session_state["live_permit"]
    given.models = dict(models)
    return given


def _limits() -> str:
    """Say what becomes of the frames, and what the limits are."""
    pixels, megabytes = limits.live_frame_pixels() // 1_000_000, limits.live_frame_bytes() // 1_000_000
    return (
        "Frames go to the computer that serves this page, one at a time, and none is kept. A frame may have "
        f"{_counted(pixels, 'megapixel')} and {megabytes} MB; larger ones are made smaller. "
        f"{_counted(limits.live_visitors(), 'visitor')} at once can use live video."
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
