"""The view of suspicious truth: where models agree against the masks, as a list to work through."""

import functools
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from configs.errors import UserError
from data.label_space import LabelSpace
from data.store import Samples
from models.analysis import suspicious_truth
from models.analysis.judged_images import JudgedImages
from models.analysis.saved_predictions import SavedPredictions
from models.analysis.suspicious_truth import Findings
from pages.evaluation import extreme_images, predict_once, suspicious_list
from pages.shared.content import dataset_items
from pages.shared.content.model_chooser import choose_models
from pages.shared.content.saved import predictions_of
from pages.shared.content.scores import Scores
from pages.shared.ui.cache import peekable
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState
from pages.shared.ui.task_runner import Count, Step, run_steps

AT_FIRST = 2
"""How many models have to agree unless the visitor chooses others."""
BYTES_PER_PIXEL = 40
"""Working memory of the search, per pixel of the largest image."""
Facts = tuple[tuple[str, ...], str, str]
"""What identifies the saved predictions, the built dataset and the split of a search."""


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the choice of models, and where all of them contradict the masks."""
    st.caption(
        "Regions where every chosen model is at least as confident of another class as it is on average where it is "
        "right. Look at each and say what is wrong, the mask or the models; no file is changed. Models that were "
        "trained on the same wrong masks share their errors: they agree with such a mask, and it is not found."
    )
    saved = {one.name: found for one in shown if one.is_own and (found := predictions_of(one)) is not None}
    suited = [name for name, found in saved.items() if found.bin_pixels.any()]
    _remark(shown, saved, suited)
    if not suited:
        return
    binding = state.widget("agree", at_first(shown, suited), suited, always=True)
    chosen = choose_models("Models that have to agree", suited, binding)
    agreeing = [one for one in shown if one.name in chosen]
    if not agreeing:
        st.info("Choose at least one model; two or more err less often together.", icon=":material/touch_app:")
        return
    try:
        for one in agreeing:
            extreme_images.open_scored(one)  # what was predicted for other images says nothing of these masks
        samples = dataset_items.split(agreeing[0].dataset, agreeing[0].split)
    except UserError as error:
        st.info(escape_markdown(f"There are no masks to compare with: {error}"), icon=":material/image_not_supported:")
        return
    images = JudgedImages(samples, [saved[one.name] for one in agreeing])
    facts = tuple(saved[one.name].state for one in agreeing), str(samples.directory), samples.split
    search = facts, images, samples.label_space, samples
    step = Step(partial(_search.peek, *search), partial(_search, *search), _count(facts))
    name = "the masks with the predictions"
    searched = run_steps("suspicious_truth", {name: step}, "Comparing", "The comparison", facts)
    if name in searched:
        suspicious_list.draw(state, agreeing, samples, searched[name])


@peekable(
    st.cache_resource(max_entries=8, show_spinner=False),
    cost=lambda _facts, _images, _space, samples: BYTES_PER_PIXEL * int(samples.class_pixels().sum(axis=1).max()),
)
def _search(facts: Facts, _images: JudgedImages, _space: LabelSpace, _samples: Samples) -> Findings:
    """Search the images once; ``facts`` identify the predictions and the masks."""
    count = _count(facts)
    count.begin(2 * len(_images))  # they are read twice
    limits = suspicious_truth.thresholds(count.over(_images), len(facts[0]))
    return suspicious_truth.find(count.over(_images), limits, _space)


@functools.lru_cache(maxsize=32)
def _count(facts: Facts) -> Count:
    """Return how far a search is, for all who wait for it."""
    return Count()


def at_first(shown: Sequence[Scores], suited: Sequence[str]) -> list[str]:
    """Return the models that have to agree at first: not one in two precisions, whose errors are the same."""
    names: dict[Path, str] = {}
    for one in shown:
        if one.name in suited:
            names.setdefault(one.run.path, one.name)
    return list(names.values())[:AT_FIRST]


def _remark(shown: Sequence[Scores], saved: Mapping[str, SavedPredictions], suited: Sequence[str]) -> None:
    """Say which of the models shown can't take part, and why; offer to make the predictions of the first without."""
    if shared := [one.name for one in shown if not one.is_own]:
        _note(shared, "scored in shared classes, which have no confidence of their own")
    if silent := [name for name in saved if name not in suited]:
        _note(silent, "no confidence is known")
    missing = [one for one in shown if one.is_own and one.name not in saved]
    if missing:
        _note([one.name for one in missing], "predictions not saved yet")
        place = st.expander("Let more models take part") if suited else st.container()
        with place:
            predict_once.draw(missing[0], f"the wrong ones of {missing[0].name}")


def _note(names: Sequence[str], reason: str) -> None:
    st.caption(escape_markdown(f"{', '.join(names)}: {reason}."))
