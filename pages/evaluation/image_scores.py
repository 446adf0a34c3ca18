"""The mIoU of single images: its distribution for several models, and the worst and best images of one."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs.errors import UserError
from pages.evaluation import extreme_images
from pages.evaluation.extreme_images import BEST, WORST, ScoredImage
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import Style, lay_out, literal
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the distribution of the scores of single images, and the worst or best images of one model."""
    charts.show(
        figure(shown, [styles[one.name] for one in shown]),
        "evaluation_images",
        f"Distribution of the mIoU of single images for {', '.join(one.name for one in shown)}",
        lambda: pd.concat([one.images.assign(model=one.name) for one in shown], ignore_index=True),
        about=f"mIoU of each image of the split {shown[0].split} over the classes in its own truth. Good for "
        "finding images; the mean over images is not the mIoU of the split, which pools their pixels.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = choose_scores(state, shown)
        sides = [WORST, BEST]
        side = st.segmented_control("Images", sides, required=True, **state.widget("side", WORST, sides))
        most = st.segmented_control("How many", ["6", "12", "24"], required=True, **state.widget("most", "6"))
    images = extreme_images.ranked(one.images, side, int(most))
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
        extreme_images.draw(one, images, samples)


def figure(scores: Sequence[Scores], styles: Sequence[Style]) -> go.Figure:
    """Return a box plot of the mIoU of the single images: quartiles, and every image as a point."""
    figure = go.Figure()
    for one, style in zip(scores, styles, strict=True):
        figure.add_box(
            x=one.images["miou"], name=literal(one.name), text=one.images["id"].map(literal),
            boxpoints="all", jitter=0.7, pointpos=0,
            line={"color": style.colour, "width": 1.6}, fillcolor="rgba(0,0,0,0)",
            marker={"color": style.colour, "symbol": style.symbol, "size": 4, "opacity": 0.45}, hoveron="points",
            hovertemplate="%{text}: %{x:.3f}<extra></extra>", showlegend=False,
        )  # fmt: skip
    lay_out(figure, x="mIoU of one image", height=120 + 70 * len(scores))
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _list(images: Sequence[ScoredImage]) -> None:
    """Draw the ids and scores of images whose pictures are missing."""
    table = pd.DataFrame([astuple(image) for image in images], columns=["Image", "mIoU", "Lowest", "Its IoU"])
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "mIoU": number(format="%.3f", help="Of this image, over the classes in its own truth."),
        "Lowest": text(help="The class of its truth with the lowest IoU."),
        "Its IoU": number(format="%.3f", help="The IoU of that class in this image."),
    }
    st.dataframe(table, hide_index=True, height="content", column_config=columns, alt="Scores of single images")
