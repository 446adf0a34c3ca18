"""What the Evaluation page shows of the chosen models: classes, confusion, images, confidence, two models."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from configs.errors import UserError
from models.metrics.segmentation import iou
from pages.evaluation import detection_view, extreme_images, score_charts
from pages.evaluation.score_charts import BY_PREDICTION, BY_TRUTH
from pages.evaluation.significance import Verdict, judge
from pages.shared.content import class_iou
from pages.shared.content.class_iou import ABSENT
from pages.shared.content.scores import SUMMARY, Scores
from pages.shared.ui import charts
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import error_boundary, escape_markdown
from pages.shared.ui.page_state import PageState

Styles = Mapping[str, Style]


def confusion(chosen: PageState, shown: Sequence[Scores], styles: Styles) -> None:
    """Draw the confusion matrix of one model."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = _choose_model(chosen, shown)
        by = st.segmented_control(
            "Shares of",
            [BY_TRUTH, BY_PREDICTION],
            required=True,
            help="Truth: where do the pixels of a class go? Prediction: what is behind an answer?",
            **chosen.widget("by", BY_TRUTH, [BY_TRUTH, BY_PREDICTION]),
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _scrolling("evaluation_confusion", score_charts.confusion_width(one))
        charts.show(
            score_charts.confusion_chart(one, by),
            "evaluation_confusion",
            f"Confusion matrix of {one.name} in per cent of each {by}",
            lambda: score_charts.confusion_table(one),
            about=f"Pixels of the split {one.split}, truth by prediction, in per cent of each {by}. Void takes no "
            "part. The CSV has the pixels.",
        )
    with right:
        st.subheader("Most often confused", anchor=False)
        st.dataframe(
            score_charts.confusions(one),
            hide_index=True,
            height="content",
            column_config={
                "Share": st.column_config.NumberColumn(
                    format="percent", help="Part of the pixels of this class that get the other one instead."
                ),
                "Pixels": st.column_config.NumberColumn(
                    format="localized", help=f"As many pixels of the split {one.split}, at the masks' own size."
                ),
            },
            alt="Classes most often confused",
        )


def _choose_model(
    chosen: PageState, shown: Sequence[Scores], name: str = "of", label: str = "Model", at: int = 0
) -> Scores:
    """Draw the choice of one of the models shown, at first the one at ``at``, and return its scores."""
    scores = {one.name: one for one in shown}
    options = list(scores)
    return scores[st.selectbox(label, options, width=260, **chosen.widget(name, options[at], options))]


def _scrolling(chart: str, width: int) -> None:
    """Let a chart scroll in its place instead of becoming narrower than ``width`` pixels."""
    place = f".st-key-chart_{chart}"
    st.html(
        f"<style>{place} {{ overflow-x: auto; }} {place} > * {{ position: sticky; left: 0; }} "
        f"{place} > :has(.stPlotlyChart) {{ position: static; min-width: {width}px; }}</style>"
    )


def images(chosen: PageState, shown: Sequence[Scores], styles: Styles) -> None:
    """Draw how the images differ, and the worst and best of one model."""
    charts.show(
        score_charts.distribution(shown, [styles[one.name] for one in shown]),
        "evaluation_images",
        f"Distribution of the mIoU of single images for {', '.join(one.name for one in shown)}",
        lambda: pd.concat([one.images.assign(model=one.name) for one in shown], ignore_index=True),
        about=f"mIoU of each image of the split {shown[0].split} over the classes in its own truth. Good for "
        "finding images; the mean over images is not the mIoU of the split, which pools their pixels.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one = _choose_model(chosen, shown)
        sides = [extreme_images.WORST, extreme_images.BEST]
        which = st.segmented_control(
            "Images", sides, required=True, **chosen.widget("side", extreme_images.WORST, sides)
        )
        most = st.segmented_control("How many", ["6", "12", "24"], required=True, **chosen.widget("most", "6"))
    entries = extreme_images.extremes(one.images, which, int(most))
    try:
        samples = extreme_images.open_scored(one)
    except UserError as error:
        st.info(escape_markdown(f"There are no pictures to show: {error}"), icon=":material/image_not_supported:")
        _list(entries)
        return
    st.caption(
        "Each strip: photograph, truth, answer. The answer is computed now, in the arithmetic the model usually has; "
        "the scores were computed in float32."
    )
    with error_boundary("The gallery"):
        extreme_images.gallery(one, entries, samples)


def _list(entries: Sequence[extreme_images.Entry]) -> None:
    """Draw ids and scores where there are no pictures."""
    table = pd.DataFrame(
        [
            {"Image": entry.id, "mIoU": entry.miou, "Lowest": entry.worst, "Its IoU": entry.worst_iou}
            for entry in entries
        ]
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {
        "mIoU": number(format="%.3f", help="Of this image, over the classes in its own truth."),
        "Lowest": text(help="The class of its truth with the lowest IoU."),
        "Its IoU": number(format="%.3f", help="The IoU of that class in this image."),
    }
    st.dataframe(table, hide_index=True, height="content", column_config=columns, alt="Scores of single images")


def confidence(chosen: PageState, shown: Sequence[Scores], styles: Styles) -> None:
    """Draw whether the models are as sure as they are right."""
    with_bins = [one for one in shown if one.bins["pixels"].sum() > 0]
    if not with_bins:
        st.info("The evaluations of these models hold no confidence; score them again.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _reliability(with_bins, styles)
    for one in with_bins:
        error = one.summary["calibration_error"]
        right.markdown(
            f"**{escape_markdown(one.name)}**: confidence and accuracy are {100 * error:.1f} points apart on average.",
            help=f"On the split {one.split}. {SUMMARY['calibration_error'][1]}",
        )


def _reliability(with_bins: Sequence[Scores], styles: Styles) -> None:
    """Draw the reliability diagram."""
    charts.show(
        score_charts.reliability(with_bins, [styles[one.name] for one in with_bins]),
        "evaluation_confidence",
        f"Accuracy against confidence for {', '.join(one.name for one in with_bins)}",
        lambda: pd.concat([one.bins.assign(model=one.name) for one in with_bins], ignore_index=True),
        about=f"Scored pixels of the split {with_bins[0].split} in 15 equal bins of the winning class's "
        "probability. Below the dotted line a model is surer than it is right. The larger a point, the more pixels are "
        "in its bin.",
    )


def two_models(chosen: PageState, shown: Sequence[Scores], styles: Styles) -> None:
    """Draw whether one model is better than another."""
    if len(shown) < 2:
        st.info("Choose at least two models above to compare them.", icon=":material/touch_app:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        a = _choose_model(chosen, shown, "a", "A")
        b = _choose_model(chosen, shown, "b", "B", at=1)
    if a is b:
        st.info("Choose two different models.", icon=":material/touch_app:")
        return
    try:
        with st.spinner("Drawing the images again and again"):
            verdict = judge(a.counts, b.counts)
    except UserError as error:
        st.info(escape_markdown(f"{a.name} and {b.name} do not compare: {error}."), icon=":material/balance:")
        return
    _verdict(a, b, verdict, styles[a.name])
    _differences(a, b)


def _verdict(a: Scores, b: Scores, verdict: Verdict, style: Style) -> None:
    """Draw which of two models is better, with the interval."""
    told = verdict.sentence(a.name, b.name)
    box = st.success if verdict.shown else st.info
    box(f"**{escape_markdown(told)}**", icon=":material/balance:")
    charts.show(
        score_charts.interval(verdict.difference, verdict.low, verdict.high, style),
        "evaluation_interval",
        told,
        lambda: pd.DataFrame([{"a": a.name, "b": b.name, **vars(verdict)}]),
        about=f"mIoU of {escape_markdown(a.name)} minus that of {escape_markdown(b.name)} "
        f"on the same {len(a.counts.ids)} images of the "
        f"split {a.split}. The 95 % interval is a paired bootstrap: 2000 times, as many images are drawn with "
        "replacement, the same for both, and their counts pooled anew. It tells what other images like these would "
        "show, not what another training would.",
    )


def _differences(a: Scores, b: Scores) -> None:
    """Draw in which classes and on which images two models differ most."""
    left, right = st.columns(2, gap="medium")
    number = st.column_config.NumberColumn(format="%+.3f", help=f"Positive: {escape_markdown(a.name)} is better.")
    with left:
        st.subheader("By class", anchor=False)
        st.dataframe(
            class_differences(a, b),
            hide_index=True,
            height="content",
            placeholder=ABSENT,
            column_config={"Difference of IoU": number},
            alt=f"IoU of {a.name} minus that of {b.name} by class",
        )
    about = "mIoU of this image, over the classes in its own truth."
    with right:
        st.subheader("Images they differ on most", anchor=False)
        st.dataframe(
            image_differences(a, b),
            hide_index=True,
            height="content",
            column_config={"Difference of mIoU": number}
            | {name: st.column_config.NumberColumn(format="%.3f", help=about) for name in (a.name, b.name)},
            alt=f"Images on which {a.name} and {b.name} differ most",
        )


def class_differences(a: Scores, b: Scores) -> pd.DataFrame:
    """Return the difference of the IoU of every class, the largest first."""
    difference = iou(*a.counts.counts.sum(axis=1)) - iou(*b.counts.counts.sum(axis=1))
    table = pd.DataFrame({"Class": a.counts.classes, "Difference of IoU": difference})
    return table.sort_values("Difference of IoU", key=abs, ascending=False, kind="stable", na_position="last")


def image_differences(a: Scores, b: Scores, most: int = 12) -> pd.DataFrame:
    """Return the images on which two models differ most, by the mIoU of each."""
    table = a.images[["id", "miou"]].merge(b.images[["id", "miou"]], on="id", suffixes=("_a", "_b"))
    table["Difference of mIoU"] = table["miou_a"] - table["miou_b"]
    ranked = table.dropna().sort_values("Difference of mIoU", key=abs, ascending=False, kind="stable").head(most)
    return ranked.rename(columns={"id": "Image", "miou_a": a.name, "miou_b": b.name})


VIEWS: dict[str, Callable[[PageState, Sequence[Scores], Styles], None]] = {
    "Classes": class_iou.draw,
    "Confusion": confusion,
    "Images": images,
    "Confidence": confidence,
    "Two models": two_models,
}
"""What can be looked at of any models, in the order of the page."""
OBJECTS = "Objects"


def objects(chosen: PageState, shown: Sequence[Scores], styles: Styles) -> None:
    """Draw how well objects are found."""
    detection_view.draw(shown)


def views(shown: Sequence[Scores]) -> dict[str, Callable[[PageState, Sequence[Scores], Styles], None]]:
    """Return what can be looked at of these models."""
    return VIEWS | ({OBJECTS: objects} if detection_view.found_by(shown) else {})
