"""The result of the paired bootstrap, and its sentence."""

import re

import numpy as np
import pytest

from models.metrics.bootstrap import paired_bootstrap, paired_bootstrap_by_class
from models.metrics.significance import Significance
from pages.evaluation.significance import by_class, significance


def test_the_result_is_that_of_the_bootstrap(two):
    good, bad = (one.counts for one in two)
    result = significance(good, bad)
    assert (result.difference, result.low, result.high) == paired_bootstrap(good, bad)
    assert result.difference == pytest.approx(two[0].summary["miou"] - two[1].summary["miou"])
    assert result.significant
    assert result.sentence("good", "bad") == significance(bad, good).sentence("bad", "good")


def test_classes_are_compared_as_by_the_bootstrap(two):
    good, bad = (one.counts for one in two)
    result, expected = by_class(good, bad), paired_bootstrap_by_class(good, bad)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(result, name), values)
    assert np.nanmin(result.p) < 0.05


@pytest.mark.parametrize(
    ("result", "significant", "names", "figures"),
    [
        (Significance(0.021, 0.012, 0.030), True, ["A", "B"], ["2.1", "1.2", "3.0"]),
        (Significance(-0.021, -0.030, -0.012), True, ["B", "A"], ["2.1", "1.2", "3.0"]),
        (Significance(0.0003, 0.0001, 0.0006), True, ["A", "B"], ["0.03", "0.01", "0.1"]),
        (Significance(0.004, -0.001, 0.009), False, ["A", "B"], ["0.4", "-0.1", "0.9"]),
        (Significance(-0.004, -0.009, 0.001), False, ["B", "A"], ["0.4", "-0.1", "0.9"]),
        (Significance(0.0, 0.0, 0.0), False, ["A", "B"], ["0.0", "0.0"]),
    ],
)
def test_the_sentence_names_the_model_that_is_ahead_and_the_interval(result, significant, names, figures):
    sentence = result.sentence("A", "B")
    assert re.findall(r"\b[AB]\b", sentence) == names, "the model that is ahead comes first"
    assert re.findall(r"-?\d+\.\d+", sentence) == figures, "difference, low and high in points"
    assert re.findall(r"\d+ %", sentence) == ["95 %"]
    assert ("is better than" in sentence) == significant == result.significant
    assert sentence.startswith("No difference shown: ") != significant
    assert ("same mIoU" in sentence) == (result.difference == 0)
    assert sentence.count("mIoU") == 1
