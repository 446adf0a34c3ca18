"""The settings of a config as flat text."""

import pytest

from pages.shared.content.config_table import flatten


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (0.5, "0.5"),
        (1e-05, "1e-05"),
        (True, "yes"),
        (False, "no"),
        ("unet", "unet"),
        (None, "–"),
        ({}, "–"),
        ([], "–"),
        ([8, None, True], "8, –, yes"),
        ((256, 384), "256, 384"),
    ],
)
def test_values_as_text(value, text):
    assert flatten({"a": {"b": value}}, none="–") == {"a.b": text}
