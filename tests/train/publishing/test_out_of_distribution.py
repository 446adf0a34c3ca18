"""Predictions of pictures unlike those that a model was trained on."""

import re

import pytest

from train.publishing import out_of_distribution


@pytest.mark.slow
def test_out_of_distribution_pictures_are_predicted(published):
    """An untrained network predicts anything; what matters is that the shares of each picture add up."""
    shares = out_of_distribution.shares(published)
    assert list(shares) == [
        "An astronaut", "A motorcycle in a workshop", "A cup of coffee", "A temple in China", "A flower"
    ]  # fmt: skip
    for found in shares.values():
        assert list(found) == ["pet", "background", "border"]
        assert sum(found.values()) == pytest.approx(1)
    assert re.search(".*".join(f" {title}: " for title in shares), published.card), "in one line and in this order"
