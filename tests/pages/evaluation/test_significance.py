"""The result of the paired bootstrap, and its sentence."""

import pytest

from models.metrics.bootstrap import paired_bootstrap
from pages.evaluation.significance import Significance, significance


def test_the_result_is_that_of_the_bootstrap(two):
    good, bad = (one.counts for one in two)
    result = significance(good, bad)
    assert (result.difference, result.low, result.high) == paired_bootstrap(good, bad)
    assert result.difference == pytest.approx(two[0].summary["miou"] - two[1].summary["miou"])
    assert result.significant
    assert result.sentence("good", "bad") == significance(bad, good).sentence("bad", "good")


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0.021, 0.012, 0.030), "A is better than B by 2.1 points of mIoU, 95 % interval 1.2 to 3.0."),
        ((-0.021, -0.030, -0.012), "B is better than A by 2.1 points of mIoU, 95 % interval 1.2 to 3.0."),
        (
            (0.004, -0.001, 0.009),
            "No difference shown: A is ahead of B by 0.4 points of mIoU, 95 % interval -0.1 to 0.9.",
        ),
        (
            (-0.004, -0.009, 0.001),
            "No difference shown: B is ahead of A by 0.4 points of mIoU, 95 % interval -0.1 to 0.9.",
        ),
        ((0.0, 0.0, 0.0), "No difference shown: A and B have the same mIoU, 95 % interval 0.0 to 0.0 points."),
        ((0.0003, 0.0001, 0.0006), "A is better than B by 0.03 points of mIoU, 95 % interval 0.01 to 0.1."),
    ],
)
def test_the_sentence_names_the_better_model(numbers, sentence):
    assert Significance(*numbers).sentence("A", "B") == sentence
