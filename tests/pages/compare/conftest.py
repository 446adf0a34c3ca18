"""Predictions to compare."""

from collections.abc import Callable

import pytest

from pages.shared.content.predictions import ModelPrediction
from tests.pages.compare.predicted import Rows, predicted


@pytest.fixture
def found(tmp_path) -> Callable[..., list[ModelPrediction]]:
    """Return a function that makes predictions from names of models, each with its dataset and rows of class names."""

    def make(**models: Rows) -> list[ModelPrediction]:
        return [predicted(name, tmp_path / name, rows) for name, rows in models.items()]

    return make
