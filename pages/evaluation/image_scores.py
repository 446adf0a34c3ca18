"""The mIoU of single images: its distribution for several models, and the images of one that make up a figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs import column_names
from configs.errors import UserError
from models.analysis.saved_predictions import SavedPredictions
from models.metrics.calibration import BINS
from pages.evaluation import extreme_images, image_boxes, predict_once
from pages.evaluation.class_errors import OfClass
from pages.evaluation.extreme_images import BEST, WORST
from pages.evaluation.lighting import Bin, Pair, Shown
from pages.shared.content import saved
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import Style, lay_out, literal
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState

ANY, ANY_CONFIDENCE = "", "any"
"""The choice of all classes, which no class is called, and that of all pixels however confident the model is."""
AT_FIRST = {"class": ANY, "taken": ANY, "confidence": ANY_CONFIDENCE, "image": "", "side": WORST}
"""The values that choose images and pixels, where nothing else is chosen."""


@dataclass(frozen=True)
class Choice:
    """Which images of which model are shown, and which of their pixels are lit; None for all."""

    one: Scores
    side: str = WORST
    most: int = 6
    lit: OfClass | Pair | Bin | None = None
    image: str = ""


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the distribution of the scores of single images, and images of one model."""
    charts.show(
        figure(shown, [styles[one.name] for one in shown]),
        "evaluation_images",
        f"Distribution of the mIoU of single images for {', '.join(one.name for one in shown)}",
        lambda: pd.concat([one.images.assign(model=one.name) for one in shown], ignore_index=True),
        about=f"mIoU of each image of the split {shown[0].split} over the classes in its own truth. Good for "
        "finding images; the mean over images is not the mIoU of the split, which pools their pixels. Click a point to "
        f"see its image. Of more than {image_boxes.MOST_POINTS} images only some have a point; those beyond the "
        "whiskers come first.",
        picked=lambda point: _open_point(state, shown, point),
    )
    choice = _choose(state, shown)
    one, lit = choice.one, choice.lit
    kept = saved.predictions_of(one)
    if isinstance(lit, Pair | Bin) and kept is None:
        predict_once.draw(one, lit.shown)
        return
    images = _images(choice, kept)
    if not images:
        what = lit.shown if isinstance(lit, Pair | Bin) else lit.name if lit else ""
        text = f"{one.name} has no such image{f' of {what}' if what else ''}."
        st.info(escape_markdown(text), icon=":material/search_off:")
        return
    try:
        samples = extreme_images.open_scored(one)
    except UserError as error:
        st.info(escape_markdown(f"There are no pictures to show: {error}"), icon=":material/image_not_supported:")
        _list(images)
        return
    st.caption(_about(kept))
    with error_boundary("The images"):
        try:
            extreme_images.draw(one, images, samples, lit, kept)
        except UserError as error:
            st.info(escape_markdown(str(error)), icon=":material/error:")


def _about(kept: SavedPredictions | None) -> str:
    """Say what a strip shows, and where its prediction comes from."""
    if kept is not None:
        return (
            "Each strip shows the photograph, the truth and the prediction. The prediction is the one that was scored, "
            "so its pixels are exactly those that the figures count."
        )
    return (
        "Each strip shows the photograph, the truth and the prediction. The prediction is computed now, with the "
        "model's usual arithmetic; the scores were computed in float32."
    )


def _images(choice: Choice, kept: SavedPredictions | None) -> Sequence[Shown]:
    """Return the images to show, in order."""
    one, lit = choice.one, choice.lit
    if choice.image:
        return extreme_images.single(one.images, choice.image)
    if isinstance(lit, Pair | Bin):
        return lit.ranked(one, kept, choice.most) if kept is not None else []
    if lit is not None:
        return lit.ranked(one, choice.most, worst=choice.side == WORST)
    return extreme_images.ranked(one.images, choice.side, choice.most)


def _choose(state: PageState, shown: Sequence[Scores]) -> Choice:
    """Draw the controls that choose images and pixels."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = choose_scores(state, shown)
        if image := state.value("image", "", ["", *one.counts.ids]):
            for name in ("class", "taken", "confidence", "side", "most"):
                state.unusable(name, f"but image={image} shows a single one")
            st.button("All images", key="all_images", icon=":material/close:", on_click=state.set, args=("image", ""))
            return Choice(one, image=image)
        lit: OfClass | Pair | Bin | None = _choose_class(state, one)
        if lit is not None:
            state.unusable("confidence", "which does not go with a class")
        else:
            lit = _choose_confidence(state, one)
        side = WORST
        if not isinstance(lit, Pair | Bin):  # these have a number of pixels, and no best
            sides = [WORST, BEST]
            side = st.segmented_control("Images", sides, required=True, **state.widget("side", WORST, sides))
        else:
            state.unusable("side", "but of these pixels there are only images with most of them")
        counts = ["6", "12", "24"]
        most = st.segmented_control("How many", counts, required=True, **state.widget("most", "6", counts))
    return Choice(one, side, int(most), lit)


def _choose_class(state: PageState, one: Scores) -> OfClass | Pair | None:
    """Draw the choice of the class whose pixels are lit and of what they are taken for; None for all classes."""
    options = [ANY, *one.counts.classes]
    about = (
        "With a class, the images with most wrong pixels of it come first, and only its pixels are lit: those that are "
        "found, missed, or invented where the truth has another class."
    )
    chosen: str = st.selectbox(
        "Of the class",
        options,
        width=220,
        help=about,
        format_func=named(options, "any class"),
        **state.widget("class", ANY, options),
    )
    if chosen == ANY:
        state.unusable("taken", "but for no class that is taken for it; add class=")
        return None
    about = "With another class, only the pixels that the model takes for it: one cell of the confusion matrix."
    taken: str = st.selectbox(
        "Taken for",
        options,
        width=220,
        help=about,
        format_func=named(options, "any other class"),
        **state.widget("taken", ANY, options),
    )
    return OfClass(chosen) if taken == ANY else Pair(chosen, taken)


def named(options: Sequence[str], every: str) -> Callable[[str], str]:
    """Return how classes among the options are called, and ``ANY``: ``every``, unless a class is called so."""
    (title,) = column_names.apart([every], options, "all")
    return lambda option: option or title


def _choose_confidence(state: PageState, one: Scores) -> Bin | None:
    """Draw the choice of a bin of the confidence; None for all pixels, or if the model does not tell it."""
    if not one.bins["pixels"].sum():
        return None
    options = [ANY_CONFIDENCE, *(str(index + 1) for index in range(BINS))]
    names = {text: Bin(int(text) - 1).name for text in options[1:]}
    about = "With a bin of the reliability diagram, the images with most wrong pixels in it come first."
    binding = state.widget("confidence", ANY_CONFIDENCE, options)
    chosen: str = st.selectbox(
        "Confidence", options, width=160, help=about, format_func=lambda text: names.get(text, text), **binding
    )
    return None if chosen == ANY_CONFIDENCE else Bin(int(chosen) - 1)


def open_images(state: PageState, model: str, **chosen: Any) -> None:
    """Turn to images of a model; ``chosen`` are those of ``AT_FIRST`` that are to differ."""
    for key, value in {**AT_FIRST, **chosen, "view": "Images", "of": model}.items():
        state.set(key, value)


def _open_point(state: PageState, shown: Sequence[Scores], point: Mapping[str, Any]) -> None:
    """Turn to the image of a point of the distribution."""
    one = shown[point["curve_number"]]
    open_images(state, one.name, image=image_boxes.image_of(point))


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


def _list(images: Sequence[Shown]) -> None:
    """Draw the ids and scores of images whose pictures are missing."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "mIoU": number(format="%.3f", help="Of this image, over the classes in its own truth."),
        "Lowest": text(help="The class of its truth with the lowest IoU."),
        "Its IoU": number(format="%.3f", help="The IoU of that class in this image."),
        "IoU": number(format="%.3f"),
        "Pixels": number(format="localized"),
        "Share": number(format="percent", help="Of the pixels of the class in this image."),
    }
    table = pd.DataFrame([image.row for image in images])
    alt = "Scores of single images"
    tables.show(table, height="content", placeholder="–", column_config=columns, alt=alt)
