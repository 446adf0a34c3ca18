"""The largest connected regions of a split in which only one of two models is right, or none."""

from collections.abc import Hashable, Sequence

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.analysis import disagreement
from models.analysis.disagreement import AREAS, MOST, NEITHER, ONLY_A, ONLY_B, SMALLEST, DifferingRegion, Disagreement
from pages.evaluation.disagreement import images
from pages.evaluation.disagreement.pair import Pair
from pages.shared.ui import charts
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

EVERY = "All"
PER_PAGE = 24
PAGE = "region_page"
"""The state's name of the page of regions."""
SIDE = 240
"""Longest side of a cropped picture, in pixels."""
MARGIN = 0.35
"""What is shown around a region, as a share of its longer side."""
LEAST_MARGIN = 12
OUTLINE = ((5, (0, 0, 0)), (2, (255, 255, 255)))
"""Widths and colours of the outline, from the back to the front: one of them is seen on any picture."""


def listed(regions: Sequence[DifferingRegion], space: LabelSpace) -> pd.DataFrame:
    """Return one row per region: its area, classes, size, box and image."""
    columns = ("image", "area", "truth", "a", "b", "pixels", "left", "top", "width", "height")
    names = space.names
    rows = [
        (one.image, AREAS.names[one.area], names[one.truth], names[one.a], names[one.b], one.pixels, *one.box)
        for one in regions
    ]
    return pd.DataFrame(rows, columns=list(columns))


def draw(state: PageState, pair: Pair, found: Disagreement) -> None:
    """Draw the choice of the area, and a page of the regions with their cropped pictures."""
    a, b = pair.a.scores.name, pair.b.scores.name
    st.subheader("Largest regions", anchor=False)
    kinds = {EVERY: found.regions} | {
        AREAS.names[area]: tuple(one for one in found.regions if one.area == area) for area in (ONLY_A, ONLY_B, NEITHER)
    }
    options = list(kinds)
    kind = st.segmented_control(
        "Regions", options, required=True, **images.from_the_start(state, "regions", options, PAGE)
    )
    shown = kinds[kind]
    st.caption(
        f"Connected pixels in which only one model is right, or both are wrong, from {SMALLEST:.1%} of the image on: "
        f"{found.found:,} in this split"
        + (f", of which the largest {MOST:,} of each kind are listed." if len(found.regions) < found.found else ".")
        + " The classes are those that most of a region's pixels have together."
    )
    if not shown:
        st.info("There is no such region.", icon=":material/search_off:")
        return
    subject = f"{a}_{b}_{kind}"
    page = images.turned(state, PAGE, shown, PER_PAGE, f"{len(shown):,} regions", subject)
    with st.container(horizontal=True, gap="medium"):
        for one in page:
            with st.container(width=SIDE, gap="xsmall"):
                _draw_region(state, pair, one)
    charts.save(lambda: listed(found.regions, pair.space).assign(model_a=a, model_b=b), "evaluation_regions")


def _draw_region(state: PageState, pair: Pair, one: DifferingRegion) -> None:
    """Draw the cropped picture of a region, and what it is."""
    truth, in_a, in_b = (pair.space.names[ident] for ident in (one.truth, one.a, one.b))
    alt = f"{AREAS.names[one.area]} in {one.image}: {truth}, A says {in_a}, B says {in_b}"
    st.image(_crop(one, pair.key, pair), width="content", alt=alt)
    st.caption(
        f"**{AREAS.names[one.area]}**: {escape_markdown(truth)}  \nA: {escape_markdown(in_a)}, "
        f"B: {escape_markdown(in_b)}  \n{one.pixels:,} pixels of {escape_markdown(one.image)}"
    )
    images.enlarge(state, one.image, f"region_{one.image}_{one.area}_{one.start}")


@st.cache_data(max_entries=500, show_spinner=False)
def _crop(region: DifferingRegion, key: Hashable, _pair: Pair) -> NDArray[np.uint8]:
    answers = _pair.answers(region.image)
    kinds = disagreement.areas(answers.truth, answers.a, answers.b, _pair.space)
    return cropped(_pair.sample(region.image).image, disagreement.mask_of(region, kinds), region.box)


def cropped(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], box: tuple[int, int, int, int], side: int = SIDE
) -> NDArray[np.uint8]:
    """Return the part of an image around a region with the region outlined, its longest side ``side`` pixels.

    The part is a square around the box (left, top, width and height) with a margin, as far as it lies in the image.
    """
    left, top, width, height = box
    half = max(width, height) / 2 + max(LEAST_MARGIN, MARGIN * max(width, height))
    rows = slice(max(0, int(top + height / 2 - half)), int(np.ceil(top + height / 2 + half)))
    columns = slice(max(0, int(left + width / 2 - half)), int(np.ceil(left + width / 2 + half)))
    part, inside = image[rows, columns], mask[rows, columns].view(np.uint8)
    scale = side / max(part.shape[:2])
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    shown = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    large = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST_EXACT)
    outlines, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for thickness, colour in OUTLINE:
        cv2.drawContours(shown, outlines, -1, colour, thickness, cv2.LINE_AA)
    return np.asarray(shown, np.uint8)
