"""The comparisons of two models by a bootstrap over the images, made once for the same counts."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from models.metrics.bootstrap import ClassDifferences, ImageCounts, paired_bootstrap_by_class
from models.metrics.significance import Significance

_BY_COUNTS: dict[str | type[Any], Callable[[Any], Any]] = {ImageCounts: lambda counts: counts.fingerprint}


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_BY_COUNTS)
def significance(a: ImageCounts, b: ImageCounts) -> Significance:
    """Compare two models. Raises UserError if their images or classes differ."""
    return Significance.of(a, b)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_BY_COUNTS)
def by_class(a: ImageCounts, b: ImageCounts) -> ClassDifferences:
    """Compare two models class by class. Raises as ``significance``."""
    return paired_bootstrap_by_class(a, b)
