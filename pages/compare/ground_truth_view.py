"""The tab about the ground truth: the score of each model on this picture, or the field for uploading a mask."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from configs import column_names
from data import datasets
from models.metrics.segmentation import Integers
from models.runs.model import Model
from pages.compare import ground_truth_scores
from pages.compare.ground_truth import GroundTruth
from pages.compare.ground_truth_scores import ABSENT, confusion
from pages.compare.state import Selection
from pages.compare.uploaded_mask import uploaded_mask
from pages.shared.content import class_iou
from pages.shared.content.images import Picture
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.task_runner import Step, run_steps
from pages.shared.ui.upload_limits import FILE_MB
from pages.shared.ui.uploader import uploader


def ground_truth_view(
    selection: Selection, picture: Picture, models: Mapping[str, Model], truth: GroundTruth | None
) -> None:
    """Draw the scores of the models on a picture, or the field for uploading a mask if it has none."""
    if truth is None:
        _upload_mask(selection, picture, models)
        return
    if truth.upload:
        uploaded_mask(selection, picture, truth, truth.upload)
    if not truth.complete:
        return
    scored = {name: run for name, run in models.items() if run.dataset.name == truth.dataset.name}
    others = [name for name in models if name not in scored]
    if scored:
        steps = {
            name: Step(partial(confusion.peek, truth, picture, run), partial(confusion, truth, picture, run))
            for name, run in scored.items()
        }
        matrices = run_steps("truth", steps, "Scoring", "The score", (picture.digest, truth.key))
        if matrices:
            _scores(truth, matrices)
    else:
        st.info(
            f"None of the chosen models predicts the classes of {escape_markdown(truth.dataset.title)}. Choose a model "
            "that was trained on it to see its score on this picture.",
            icon=":material/info:",
        )
    _remarks(truth, picture, scored, others)


def _scores(truth: GroundTruth, matrices: Mapping[str, Integers]) -> None:
    table = ground_truth_scores.class_scores(truth, matrices)
    present = table[table["Share"] > 0]
    titles = column_names.apart(list(matrices), class_iou.OWN)
    styles = {title: Style.of(index) for index, title in enumerate(titles)}
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.show(
            class_iou.class_bars(present, styles),
            "compare_truth",
            f"IoU of the {len(present)} classes in this picture for {', '.join(matrices)}",
            lambda: table,
            about="IoU: correctly predicted pixels of the class, divided by those predicted correctly, missed or "
            "predicted wrongly; on this picture alone, at the mask's own size, computed in float32 as in an "
            "evaluation. Void pixels are ignored.",
        )
    with right:
        tables.show(
            ground_truth_scores.summary(matrices),
            height="content",
            column_config=_summary_columns(),
            alt="Scores on this picture by model",
        )
        tables.show(
            class_iou.as_text(table, titles, ABSENT),
            height="content",
            column_config=_columns(titles),
            alt="IoU on this picture by class",
        )


def _summary_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "mIoU": number(
            format="%.3f",
            help="On this picture alone: mean IoU over the classes in its mask. The mIoU of a split is counted over "
            "the pixels of all its pictures together; it is not the mean of such figures.",
        ),
        "Pixel accuracy": number(
            format="%.3f", help="On this picture alone: share of the scored pixels with the right class."
        ),
    }


def _columns(titles: Sequence[str]) -> dict[str, Any]:
    about = f"IoU of the class on this picture. “{ABSENT}”: the mask does not contain it, so it has no score."
    return {title: st.column_config.TextColumn(help=about, alignment="right") for title in titles} | {
        "Share": st.column_config.NumberColumn(format="percent", help="Share of the scored pixels of the mask.")
    }


def _remarks(truth: GroundTruth, picture: Picture, scored: Mapping[str, Model], others: Sequence[str]) -> None:
    """Name the models that were trained on this picture, and those that cannot be scored on it."""
    trained = [name for name, run in scored.items() if ground_truth_scores.trained_on(run, picture)]
    if trained:
        st.caption(
            f":material/school: Trained on this very picture: {escape_markdown(', '.join(trained))}. Such a score "
            "says little about other pictures."
        )
    if others:
        st.caption(
            f"Not comparable here: {escape_markdown(', '.join(others))}. The classes of this mask are those of "
            f"{escape_markdown(truth.dataset.title)}, and {'they predict' if len(others) > 1 else 'it predicts'} "
            "others."
        )


def _upload_mask(selection: Selection, picture: Picture, models: Mapping[str, Model]) -> None:
    """Draw the field for uploading a mask of the picture."""
    st.caption(
        "With a mask of this picture, every model of its label space is scored on it. Pictures of a dataset come with "
        "a mask; for this one, upload it."
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        of_models = [run.dataset for run in models.values()]
        known = {one.name: one for one in (*of_models, *map(datasets.get, datasets.names()))}
        chosen = st.selectbox(
            "Its classes are those of",
            list(known),
            format_func=lambda name: known[name].title,
            key="truth_space",
            width=260,
        )
        key = f"mask_{selection.round}"
        uploader(
            "Mask (PNG)",
            key,
            lambda files: selection.add_mask(picture, known[chosen], files[0]) if files else None,
            type=["png", "jpg"],  # a JPEG is refused with the reason, which the browser would not give
            max_upload_size=FILE_MB,
            help="A label map of the picture's own size: grey or palette with the class id of every pixel, 255 for "
            "none; or in colour, with the colours of the classes here or in PASCAL VOC, CamVid or Cityscapes; or black "
            "and white, for one class.",
            width="stretch",
        )
    if selection.mask_problem:
        st.error(escape_markdown(selection.mask_problem), icon=":material/broken_image:")
