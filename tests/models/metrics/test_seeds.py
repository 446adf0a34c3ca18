"""The spread of scores over seeds."""

import re

import numpy as np
import pytest

from configs import schema
from configs.paths import ROOT
from models.metrics.seeds import Spread, config_key, within


def load(*changes: str) -> schema.Experiment:
    return schema.load(ROOT / "configs" / "pets_unet.yaml", changes)


def test_only_name_and_seed_do_not_count():
    key = config_key(load())
    assert config_key(load("train.seed=77", "name=other")) == key
    for change in ("train.batch_size=3", "train.precision=float32", "data.limit=9", "train.initial_weights=pets_unet"):
        assert config_key(load(change)) != key, change


def test_mean_and_deviation_are_those_over_the_seeds():
    one = Spread.of("a", {1: [0.7], 2: [0.74, 0.72], 5: [0.69]})
    assert one.values == pytest.approx((0.7, 0.73, 0.69))
    assert one.mean == pytest.approx(np.mean([0.7, 0.73, 0.69]))
    assert one.deviation == pytest.approx(np.std([0.7, 0.73, 0.69], ddof=1))
    assert Spread("b", (0.7,)).deviation is None


def test_differences_within_the_spread_of_either_are_found():
    a, b = Spread("A", (0.70, 0.72, 0.74)), Spread("B", (0.71,))
    far, alone = Spread("far", (0.60, 0.601)), Spread("alone", (0.7101,))
    found = within([b, a, far, alone])
    assert {(one.first.name, one.second.name, one.spread.name) for one in found} == {
        ("A", "B", "A"),
        ("A", "alone", "A"),
    }
    figures = re.findall(r"[\d.]*\d", next(one for one in found if one.second is b).sentence())
    assert figures == ["1.0", "2.0", "3"]
    assert within([b, alone]) == [], "no seeds, no spread"
