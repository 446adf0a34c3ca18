"""What models predicted where an evaluation saved it: opened once, and again only when it has been saved anew."""

import streamlit as st

from models.analysis import saved_predictions
from models.analysis.saved_predictions import SavedPredictions
from models.runs.evaluation import SplitScores
from pages.shared.content.scores import Scores


def predictions_of(one: Scores) -> SavedPredictions | None:
    """Return the predictions that gave these scores, or None if they were not saved."""
    facts = one.run.precision, one.dataset, one.split
    state = saved_predictions.state(*facts, one.stored)
    return _opened(state, one.stored.date, facts, one.stored) if state else None


@st.cache_resource(max_entries=32, show_spinner=False)
def _opened(
    state: str, date: str, _facts: tuple[str | None, str, str], _scores: SplitScores
) -> SavedPredictions | None:
    return saved_predictions.open_saved(*_facts, _scores)
