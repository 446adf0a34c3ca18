"""The texts of the viewer."""

import pytest

from pages.compare.viewer.component import duration


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.00123, "1.2 ms"), (0.0144, "14 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (12.34, "12.3 s")],
)
def test_durations_have_a_readable_unit(seconds, shown):
    assert duration(seconds) == shown
