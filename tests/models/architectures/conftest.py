"""Keras as each test finds it."""

from collections.abc import Iterator

import keras
import pytest


@pytest.fixture(autouse=True)
def clean_keras() -> Iterator[None]:
    """Leave Keras's dtype policy as it was."""
    yield
    keras.config.set_dtype_policy("float32")
