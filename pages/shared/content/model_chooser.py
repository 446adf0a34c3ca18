"""The choice of models or runs by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.shared.content.scores import Scores
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState

MAX_PILLS = 14  # up to this many names have a button each; more are searched in a list


def choose_models(label: str, names: Sequence[str], binding: Mapping[str, Any], about: str | None = None) -> list[str]:
    """Draw the choice of any number of models, bound as by ``PageState.widget``, and return them in the given order."""
    if len(names) <= MAX_PILLS:
        chosen = st.pills(
            label, names, selection_mode="multi", format_func=escape_markdown, help=about, wrap=True, **binding
        )
    else:
        chosen = st.multiselect(label, names, help=about, **binding)
    return [name for name in names if name in chosen]


def choose_scores(
    state: PageState, scored: Sequence[Scores], name: str = "of", label: str = "Model", default: int = 0
) -> Scores:
    """Draw the choice ``name`` of one scored model, at first the one at ``default``, and return its scores."""
    by_name = {one.name: one for one in scored}
    options = list(by_name)
    return by_name[st.selectbox(label, options, width=260, **state.widget(name, options[default], options))]
