"""The comparison of two models: which is better, and in which classes and images they differ most."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs.errors import UserError
from models.metrics.bootstrap import RESAMPLES
from models.metrics.significance import Significance
from pages.evaluation.disagreement import images, panels, view
from pages.evaluation.disagreement.pair import Pair
from pages.evaluation.significance import by_class, significance
from pages.shared.content.class_iou import ABSENT
from pages.shared.content.model_chooser import choose_scores
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import FAINT, GUIDE, TOOLBAR, Style, lay_out
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

DIFFERENCE, LOW, HIGH, P = "Difference of IoU", "From", "To", "p (Holm)"
"""Columns of the classes."""


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the comparison of two of the models shown."""
    if len(styles) < 2:
        told = "There is no other model scored here to compare with. Score another one: “Evaluate a model” above."
        st.info(told, icon=":material/fact_check:")
        return
    if len(shown) < 2:
        st.info("Choose at least two models above to compare them.", icon=":material/touch_app:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        a = choose_scores(state, shown, "a", "A")
        b = choose_scores(state, shown, "b", "B", default=_other(shown))
    if a is b:
        st.info("Choose two different models.", icon=":material/touch_app:")
        return
    try:
        with st.spinner("Resampling the images"):
            result = significance(a.counts, b.counts)
    except UserError as error:
        st.info(escape_markdown(f"{a.name} and {b.name} cannot be compared: {error}."), icon=":material/balance:")
        return
    _interval(a, b, result, styles[a.name])
    try:
        pair, missing = Pair.of(a, b), ""
    except UserError as error:
        pair, missing = None, f"There are no pictures to show: {error}"
    _differences(state, a, b, selectable=pair is not None)
    if pair is None:
        st.info(escape_markdown(missing), icon=":material/image_not_supported:")
    else:
        view.draw(state, pair, image_differences(a, b, most=len(a.images)))


def _other(shown: Sequence[Scores]) -> int:
    """Return which model the first is compared with at first: the best other one, or if there is none, it in int8."""
    return next((index for index, one in enumerate(shown) if one.run.path != shown[0].run.path), 1)


def figure(result: Significance, style: Style) -> go.Figure:
    """Return a difference with its interval against 0, in points."""
    difference, low, high = result.difference, result.low, result.high
    figure = go.Figure()
    figure.add_scatter(
        x=[100 * difference], y=[""], mode="markers",
        error_x={"type": "data", "symmetric": False, "array": [100 * (high - difference)],
                 "arrayminus": [100 * (difference - low)], "thickness": 2.5, "width": 8, "color": style.colour},
        marker={"size": 12, "color": style.colour, "symbol": style.symbol}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    reach = 115 * max(abs(low), abs(high), 0.005)
    figure.add_vline(x=0, line={"color": GUIDE, "dash": "dot"})
    lay_out(figure, x="Difference of mIoU in points", height=114 + TOOLBAR)
    figure.update_layout(margin={"t": TOOLBAR})
    figure.update_xaxes(range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(showgrid=False)
    return figure


def _interval(a: Scores, b: Scores, result: Significance, style: Style) -> None:
    """Say which of two models is better, and draw the interval of the difference."""
    sentence = result.sentence(a.name, b.name)
    box = st.success if result.significant else st.info
    box(f"**{escape_markdown(sentence)}**", icon=":material/balance:")
    charts.show(
        figure(result, style),
        "evaluation_interval",
        sentence,
        lambda: pd.DataFrame([{"a": a.name, "b": b.name, **vars(result)}]),
        about=f"mIoU of {escape_markdown(a.name)} minus that of {escape_markdown(b.name)} on the same "
        f"{len(a.counts.ids)} images of the split {a.split}. The 95 % interval comes from a paired bootstrap: "
        f"{RESAMPLES} times, as many images are drawn with replacement, the same for both models, and their counts "
        "are pooled. It shows how the difference would vary with other images like these, not with another training.",
    )


def _differences(state: PageState, a: Scores, b: Scores, *, selectable: bool) -> None:
    """Draw in which classes and on which images two models differ most; an image that is selected is opened."""
    left, right = st.columns(2, gap="medium")
    number = st.column_config.NumberColumn
    difference = number(format="%+.3f", help=f"Positive: {escape_markdown(a.name)} is better.")
    miou = number(format="%.3f", help="mIoU of this image, over the classes in its own truth.")
    with left:
        st.subheader("By class", anchor=False)
        end = number(format="%+.3f", help="End of the 95 % interval, from the same resamples as above.")
        chance = number(
            format="%.3f",
            help="How often chance alone would show such a difference in one of these classes: the p-value, corrected "
            "for the number of classes by Holm's method. Below 0.05 a difference counts as shown. Pixels are not "
            "independent, so whole images are resampled and pixels are never counted as evidence of their own.",
        )
        table, columns = class_differences(a, b), {DIFFERENCE: difference, LOW: end, HIGH: end, P: chance}
        alt = f"IoU of {a.name} minus that of {b.name} by class"
        tables.show(table, height="content", placeholder=ABSENT, column_config=columns, alt=alt)
    with right:
        st.subheader("Images they differ on most", anchor=False)
        columns = {images.DIFFERENCE: difference, **dict.fromkeys(images.columns(a, b), miou)}
        table = image_differences(a, b)
        alt = f"Images on which {a.name} and {b.name} differ most"
        if not selectable:
            tables.show(table, height="content", column_config=columns, alt=alt)
            return
        ids = table["Image"].tolist()
        tables.show_clickable(
            table,
            "evaluation_differing",
            lambda row: panels.open_image(state, ids[row]),
            column_config=columns,
            alt=alt,
        )
        st.caption("Click at the left of a row to see the image.")


def class_differences(a: Scores, b: Scores) -> pd.DataFrame:
    """Return the difference of the IoU of every class with its interval and p-value, the largest first."""
    result = by_class(a.counts, b.counts)
    values = {DIFFERENCE: result.difference, LOW: result.low, HIGH: result.high, P: result.p}
    table = pd.DataFrame({"Class": a.counts.classes, **values})
    return table.sort_values(DIFFERENCE, key=abs, ascending=False, kind="stable", na_position="last")


def image_differences(a: Scores, b: Scores, most: int = 12) -> pd.DataFrame:
    """Return the images on which two models differ most, by the mIoU of each."""
    table = a.images[["id", "miou"]].merge(b.images[["id", "miou"]], on="id", suffixes=("_a", "_b"))
    table[images.DIFFERENCE] = table["miou_a"] - table["miou_b"]
    ranked = images.ordered(table.dropna(), images.LARGEST).head(most)
    in_a, in_b = images.columns(a, b)
    return ranked.rename(columns={"id": "Image", "miou_a": in_a, "miou_b": in_b})
