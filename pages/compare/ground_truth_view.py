"""What the Compare page tells about the ground truth: how right each model is here, or how to give a mask."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from data import datasets
from models.metrics.segmentation import Integers
from models.runs.run import Run
from pages.compare import ground_truth
from pages.compare.ground_truth import ABSENT, Truth
from pages.compare.state import Selection
from pages.shared.content import class_iou
from pages.shared.content.images import Picture
from pages.shared.ui import charts
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.task_runner import Step, run_steps


def truth_view(choice: Selection, picture: Picture, models: Mapping[str, Run], known: Truth | None) -> None:
    """Draw the scores of the models on a picture; without a mask, what takes one.

    Args:
        choice: The visitor's choice, to which an uploaded mask is added.
        picture: The picture shown.
        models: The models chosen, by name.
        known: The picture's mask, or None.
    """
    if known is None:
        _ask_for_mask(choice, picture, models)
        return
    if known.place is None:
        _name_mask(choice, picture, known)
    scored = {name: run for name, run in models.items() if run.dataset.name == known.dataset_name}
    others = [name for name in models if name not in scored]
    if scored:
        steps = {
            name: Step(
                partial(ground_truth.known_confusion, known, picture, run),
                partial(ground_truth.confusion, known, picture, run),
            )
            for name, run in scored.items()
        }
        counted = run_steps("truth", steps, "Scoring", "The score", (picture.digest, known.key))
        if counted:
            _scores(known, counted)
    else:
        st.info(
            f"None of the chosen models knows the classes of {escape_markdown(known.dataset.title)}. Choose one that "
            "was trained on it to see how right it is here.",
            icon=":material/info:",
        )
    _remarks(known, picture, scored, others)


def _scores(known: Truth, counted: Mapping[str, Integers]) -> None:
    """Draw the figures of the models that have been scored."""
    table = ground_truth.class_scores(known, counted)
    present = table[table["Share"] > 0]
    styles = {name: Style.of(index) for index, name in enumerate(counted)}
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.show(
            class_iou.class_bars(present, styles),
            "compare_truth",
            f"IoU of the {len(present)} classes in this picture for {', '.join(counted)}",
            lambda: table,
            about="IoU: pixels of the class found, over those found, missed or wrongly taken for it; on this picture "
            "alone, at the mask's own size, computed in float32 as in an evaluation. Void pixels take no part.",
        )
    with right:
        st.dataframe(
            ground_truth.summary(counted),
            hide_index=True,
            height="content",
            column_config=_summary_columns(),
            alt="Scores on this picture by model",
        )
        st.dataframe(
            class_iou.in_words(table, list(counted), ABSENT),
            hide_index=True,
            height="content",
            column_config=_columns(counted),
            alt="IoU on this picture by class",
        )


def _summary_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "mIoU": number(
            format="%.3f",
            help="On this picture alone: mean IoU over the classes that its mask shows. The mIoU of a split pools the "
            "pixels of all its pictures and is no mean of such figures.",
        ),
        "Pixel accuracy": number(
            format="%.3f", help="On this picture alone: part of the scored pixels with the right class."
        ),
    }


def _columns(counted: Mapping[str, Integers]) -> dict[str, Any]:
    about = f"IoU of the class on this picture. “{ABSENT}”: no pixel of the mask shows it, so it has no score."
    return {name: st.column_config.TextColumn(help=about, alignment="right") for name in counted} | {
        "Share": st.column_config.NumberColumn(format="percent", help="Part of the scored pixels of the mask.")
    }


def _remarks(known: Truth, picture: Picture, scored: Mapping[str, Run], others: Sequence[str]) -> None:
    """Say which figures mean little, and which models cannot be scored here."""
    seen = [name for name, run in scored.items() if ground_truth.trained_on(run, picture)]
    if seen:
        st.caption(
            f":material/school: Trained on this very picture: {escape_markdown(', '.join(seen))}. How well that goes "
            "says little about other pictures."
        )
    if others:
        st.caption(
            f"Not comparable here: {escape_markdown(', '.join(others))}. The classes of this mask are those of "
            f"{escape_markdown(known.dataset.title)}, and {'they know' if len(others) > 1 else 'it knows'} others."
        )


def _name_mask(choice: Selection, picture: Picture, known: Truth) -> None:
    """Name the uploaded mask, with a button that takes it away."""

    def remove() -> None:
        choice.truths.pop(picture.digest, None)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{escape_markdown(known.name)}, read as classes of {escape_markdown(known.dataset.title)}", width="content"
        )
        st.button(
            "Remove",
            key="remove_truth",
            icon=":material/close:",
            type="tertiary",
            on_click=remove,
        )


def _ask_for_mask(choice: Selection, picture: Picture, models: Mapping[str, Run]) -> None:
    """Draw the field that takes a mask for the picture."""
    st.caption(
        "With a mask of this picture, every model of its label space is scored on it. Pictures of a dataset bring "
        "theirs along; for this one, upload it."
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        first = [run.dataset.name for run in models.values()]
        options = list(dict.fromkeys([*first, *datasets.names()]))
        dataset = st.selectbox(
            "Its classes are those of",
            options,
            format_func=lambda name: datasets.get(name).title,
            key="truth_space",
            width=260,
        )
        key = f"mask_{choice.round}"
        st.file_uploader(
            "Mask (PNG)",
            type=["png"],
            key=key,
            on_change=lambda: choice.take_truth(picture, dataset, st.session_state[key]),
            help="A label map of the picture's own size: grey or palette with the class id of every pixel, 255 for "
            "none; or in colour, with the classes' own colours.",
            width="stretch",
        )
    if choice.truth_problem:
        st.error(escape_markdown(choice.truth_problem), icon=":material/broken_image:")
