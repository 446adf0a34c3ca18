"""The mIoU of single images: its distribution for several models, and the worst and best images of one."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs.errors import UserError
from pages.evaluation import class_errors, extreme_images, image_boxes
from pages.evaluation.class_errors import ClassImage
from pages.evaluation.extreme_images import BEST, WORST, ScoredImage
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import Style, lay_out, literal
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState

ANY = "any class"
"""The choice of all classes together."""


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the distribution of the scores of single images, and the worst or best images of one model."""
    charts.show(
        figure(shown, [styles[one.name] for one in shown]),
        "evaluation_images",
        f"Distribution of the mIoU of single images for {', '.join(one.name for one in shown)}",
        lambda: pd.concat([one.images.assign(model=one.name) for one in shown], ignore_index=True),
        about=f"mIoU of each image of the split {shown[0].split} over the classes in its own truth. Good for "
        "finding images; the mean over images is not the mIoU of the split, which pools their pixels. "
        f"Of more than {image_boxes.MOST_POINTS} images only some have a point; those beyond the whiskers come first.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = choose_scores(state, shown)
        sides = [WORST, BEST]
        side = st.segmented_control("Images", sides, required=True, **state.widget("side", WORST, sides))
        most = st.segmented_control("How many", ["6", "12", "24"], required=True, **state.widget("most", "6"))
        only = _choose_class(state, one)
    images: list[ScoredImage] | list[ClassImage]
    if only:
        images = class_errors.ranked(one, only, int(most), worst=side == WORST)
    else:
        images = extreme_images.ranked(one.images, side, int(most))
    if not images:
        st.info(escape_markdown(f"{one.name} has no such image of {only}."), icon=":material/search_off:")
        return
    try:
        samples = extreme_images.open_scored(one)
    except UserError as error:
        st.info(escape_markdown(f"There are no pictures to show: {error}"), icon=":material/image_not_supported:")
        _list(images)
        return
    st.caption(
        "Each strip shows the photograph, the truth and the prediction. The prediction is computed now, with the "
        "model's usual arithmetic; the scores were computed in float32."
    )
    with error_boundary("The images"):
        extreme_images.draw(one, images, samples, only)


def _choose_class(state: PageState, one: Scores) -> str:
    """Draw the choice of the class whose errors are shown; empty for all classes together."""
    options = [ANY, *one.counts.classes]
    about = (
        "With a class, the images with most wrong pixels of it come first, and only its pixels are lit: those that are "
        "found, missed, or invented where the truth has another class."
    )
    chosen: str = st.selectbox("Of the class", options, width=220, help=about, **state.widget("class", ANY, options))
    return "" if chosen == ANY else chosen


def open_class(state: PageState, model: str, name: str) -> None:
    """Turn to the images in which a model has most errors of a class."""
    for key, value in {"view": "Images", "of": model, "class": name, "side": WORST}.items():
        state.set(key, value)


def figure(scores: Sequence[Scores], styles: Sequence[Style]) -> go.Figure:
    """Return a box plot of the mIoU of the single images: quartiles, and images as points."""
    figure = go.Figure()
    for one, style in zip(scores, styles, strict=True):
        figure.add_box(
            **image_boxes.box(one), name=literal(one.name),
            boxpoints="all", jitter=0.7, pointpos=0,
            line={"color": style.colour, "width": 1.6}, fillcolor="rgba(0,0,0,0)",
            marker={"color": style.colour, "symbol": style.symbol, "size": 4, "opacity": 0.45}, hoveron="points",
            hovertemplate="%{customdata}: %{x:.3f}<extra></extra>", showlegend=False,
        )  # fmt: skip
    lay_out(figure, x="mIoU of one image", height=120 + 70 * len(scores))
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _list(images: Sequence[ScoredImage] | Sequence[ClassImage]) -> None:
    """Draw the ids and scores of images whose pictures are missing."""
    if isinstance(images[0], ClassImage):
        found = [vars(image) for image in images]
        titles = {"id": "Image", "iou": "IoU", "missed": "Missed pixels", "invented": "Invented pixels"}
        named = pd.DataFrame(found)[list(titles)].rename(columns=titles)
        st.dataframe(named, hide_index=True, height="content", placeholder="–", alt="Errors of a class by image")
        return
    table = pd.DataFrame([astuple(image) for image in images], columns=["Image", "mIoU", "Lowest", "Its IoU"])
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "mIoU": number(format="%.3f", help="Of this image, over the classes in its own truth."),
        "Lowest": text(help="The class of its truth with the lowest IoU."),
        "Its IoU": number(format="%.3f", help="The IoU of that class in this image."),
    }
    st.dataframe(table, hide_index=True, height="content", column_config=columns, alt="Scores of single images")
