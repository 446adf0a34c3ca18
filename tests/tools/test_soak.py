"""A short soak with two visitors, and that its report tells of problems."""

import pytest

from tests.coroutines import run_coroutine
from tools import soak
from tools.dashboard import serving
from tools.soak_report import Report


@pytest.mark.slow
@pytest.mark.browser
def test_two_visitors_for_a_minute(tmp_path):
    runs, log = tmp_path / "runs", tmp_path / "server.log"
    runs.mkdir()
    with serving(log, {"SEGDECK_RUNS": str(runs)}) as server:
        report = run_coroutine(soak.soak(server, 2, 60, 1, runs, log))
    assert report.problems == []
    assert report.masks
    assert report.done["faults"] > 0


def test_growth_is_told_from_the_tenth_minute_on():
    report = Report(memory=[(second, 100 if second < 600 else 200 + second) for second in range(0, 3600, 10)])
    assert report.growth() == pytest.approx((200 + 3530) / (200 + 660) - 1, rel=0.01)
    assert Report(memory=[(1.0, 5)]).growth() is None
