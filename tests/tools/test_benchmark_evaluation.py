"""The made-up runs of the benchmark of the Evaluation page."""

import numpy as np
import pytest

from models.metrics.bootstrap import paired_bootstrap
from models.runs.run import Run
from pages.evaluation.page import VIEWS
from pages.shared.content import scores
from tools import benchmark_evaluation


def test_the_made_up_runs_are_scored_as_real_ones(tmp_path):
    benchmark_evaluation.make_runs(tmp_path, images=12)
    runs = {name: Run(tmp_path / name, published=False) for name in benchmark_evaluation.MODELS}
    found, problems = scores.read(runs)
    assert problems == []
    assert all(run.fault() is None for run in runs.values())
    assert [one.name for one in found] == list(benchmark_evaluation.MODELS)
    for one in found:
        assert one.summary["miou"] == pytest.approx(one.counts.miou())
        hits, alarms, misses = one.counts.counts.sum(axis=1)
        np.testing.assert_array_equal(one.confusion.diagonal(), hits)
        np.testing.assert_array_equal(one.confusion.sum(axis=0), hits + alarms)
        np.testing.assert_array_equal(one.confusion.sum(axis=1), hits + misses)
    assert paired_bootstrap(found[0].counts, found[2].counts, resamples=50)[0] > 0


def test_the_clicks_are_in_views_that_there_are():
    assert set(benchmark_evaluation.CLICKS) <= set(VIEWS)
