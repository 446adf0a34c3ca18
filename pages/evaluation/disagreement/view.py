"""Where two models differ: the images, how the scored pixels fall into four areas, and the largest regions."""

import functools
from collections.abc import Hashable
from functools import partial

import pandas as pd
import streamlit as st

from models.analysis import disagreement
from models.analysis.disagreement import Disagreement
from pages.evaluation import predict_once
from pages.evaluation.disagreement import areas_chart, images, panels, regions
from pages.evaluation.disagreement.pair import Pair
from pages.shared.ui.cache import peekable
from pages.shared.ui.layout import error_boundary
from pages.shared.ui.page_state import PageState
from pages.shared.ui.task_runner import Count, Step, run_steps
from pages.shared.ui.text import listed


def draw(state: PageState, pair: Pair, table: pd.DataFrame) -> None:
    """Draw it; ``table`` has the id of each image, both mIoU and their difference."""
    with error_boundary("The images"):
        panels.draw_opened(state, pair)
        images.draw(state, pair, table)
    missing = [maps.scores for maps in (pair.a, pair.b) if maps.saved is None]
    if missing:
        names = listed([one.name for one in missing])
        predict_once.offer(
            missing,
            "The scores of two models do not tell in how many pixels only one of them is right, nor where: that takes "
            f"the label maps of all images, and those of {names} were not saved.",
        )
        return
    with error_boundary("The pixels of the split"):
        step = Step(partial(_compared.peek, pair.key, pair), partial(_compared, pair.key, pair), _count(pair.key))
        name = f"the label maps of {len(pair.samples):,} images"
        compared = run_steps("disagreement", {name: step}, "Comparing", "The comparison", pair.key)
        if found := compared.get(name):
            areas_chart.draw(pair.a.scores, pair.b.scores, found, pair.space)
            regions.draw(state, pair, found)


@peekable(st.cache_resource(max_entries=16, show_spinner=False))
def _compared(key: Hashable, _pair: Pair) -> Disagreement:
    count = _count(key)
    count.begin(len(_pair.samples))
    return disagreement.compare(count.over(map(_pair.answers, _pair.samples.ids)), _pair.space)


@functools.lru_cache(maxsize=32)
def _count(key: Hashable) -> Count:
    """Return how far a comparison is, for all who wait for it."""
    return Count()
