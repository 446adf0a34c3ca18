"""Where two models differ: the images, how the scored pixels fall into four areas, and the largest regions."""

from collections.abc import Hashable

import pandas as pd
import streamlit as st

from models.analysis import disagreement
from models.analysis.disagreement import Disagreement
from pages.evaluation.disagreement import areas_chart, images, panels, regions
from pages.evaluation.disagreement.pair import Pair
from pages.shared.ui.layout import error_boundary
from pages.shared.ui.page_state import PageState


def draw(state: PageState, pair: Pair, table: pd.DataFrame) -> None:
    """Draw it; ``table`` has the id of each image, both mIoU and their difference."""
    with error_boundary("The images"):
        panels.draw_opened(state, pair)
        images.draw(state, pair, table)
    if not pair.is_saved:
        return
    with error_boundary("The pixels of the split"):
        with st.spinner(f"Comparing the label maps of {len(pair.samples)} images"):
            found = _compared(pair.key, pair)
        areas_chart.draw(pair.a.scores, pair.b.scores, found, pair.space)
        regions.draw(state, pair, found)


@st.cache_resource(max_entries=16, show_spinner=False)
def _compared(key: Hashable, _pair: Pair) -> Disagreement:
    return disagreement.compare(map(_pair.answers, _pair.samples.ids), _pair.space)
