"""The simulation gives the means that queueing theory proves."""

import json
import sys
from math import factorial

import numpy as np
import pytest

from configs.errors import UserError
from tests.facts import facts, mentions
from tools import simulate_replicas
from tools.replicas import Load, simulate

HOUR = 3600


def exponential(mean: float):
    return lambda random: float(random.exponential(mean))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_one_replica_is_an_m_m_1_queue(share):
    found = simulate(Load(10), 1, exponential(share / 10), policy="fewest", seconds=HOUR)
    assert found.waits.mean() == pytest.approx(share * share / 10 / (1 - share), rel=0.1)
    assert found.busy.mean() == pytest.approx(share, rel=0.03)
    assert (found.waits == 0).mean() == pytest.approx(1 - share, rel=0.05), "arrivals see what an observer sees"


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_with_a_constant_time_of_service_it_is_an_m_d_1_queue(share):
    found = simulate(Load(10), 1, lambda _: share / 10, policy="fewest", seconds=HOUR)
    assert found.waits.mean() == pytest.approx(share * share / 10 / (2 * (1 - share)), rel=0.05)


def test_visitors_sent_to_any_of_three_replicas_make_three_m_m_1_queues():
    found = simulate(Load(12), 3, exponential(0.15), policy="random", seconds=HOUR)
    assert found.busy == pytest.approx([0.6] * 3, rel=0.05)
    assert found.waits.mean() == pytest.approx(0.6 * 0.15 / 0.4, rel=0.08)


def test_no_choice_of_a_replica_beats_one_common_queue():
    """Erlang's C formula; the shortest queue comes near it, as a request can't change to another."""
    replicas, offered, mean = 3, 1.8, 0.15
    some = sum(offered**k / factorial(k) for k in range(replicas))
    last = offered**replicas / factorial(replicas) / (1 - offered / replicas)
    least = last / (some + last) * mean / (replicas - offered)
    by_policy = {
        policy: simulate(Load(12), replicas, exponential(mean), policy=policy, seconds=HOUR / 2).waits.mean()
        for policy in ("free", "random")
    }
    assert least < by_policy["free"] < 2 * least
    assert by_policy["random"] > by_policy["free"]


def test_a_visitor_asks_as_often_as_said_and_waits_for_each_answer():
    found = simulate(Load(0.01, requests=5, look=2), 2, lambda _: 1.0, policy="fewest", seconds=100 * HOUR)
    assert len(found.waits) / (0.01 * 100 * HOUR) == pytest.approx(5, rel=0.06)
    alone = simulate(Load(1e-4, requests=5), 1, lambda _: 1.0, policy="fewest", seconds=1000 * HOUR)
    assert np.quantile(alone.waits, 0.9) == 0, "nobody waits for themselves"


def test_the_same_seed_gives_the_same_waits():
    one, other = (simulate(Load(1, 3, 1), 2, exponential(0.2), policy="fewest", seconds=500, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.waits, other.waits)


@pytest.fixture
def speed(tmp_path):
    models = {
        "one": {"precision": "float32", "milliseconds": {"OpenVINO float32": {"median": 40.0}}},
        "two": {
            "precision": "bfloat16",
            "milliseconds": {"OpenVINO float32": {"median": 900.0}, "OpenVINO bfloat16": {"median": 60.0}},
        },
    }
    (tmp_path / "speed.json").write_text(json.dumps({"models": models}))
    return tmp_path / "speed.json"


def test_a_picture_takes_what_the_benchmark_measured(speed, monkeypatch, capsys):
    assert simulate_replicas.milliseconds(speed, ["one", "two"]) == 100
    options = ["--speed", str(speed), "--models", "one", "two", "--replicas", "1", "2", "--hours", "0.05"]
    monkeypatch.setattr(sys, "argv", ["simulate", *options])
    assert simulate_replicas.main() == 0
    out = capsys.readouterr().out
    assert mentions(out, 100)
    assert out.count("\n| 2 |") == 3
    assert out.count("\n| 1 |") == 1


def test_a_model_that_was_not_measured_is_named(speed):
    with pytest.raises(UserError, match=facts(speed, "three", "one, two")):
        simulate_replicas.milliseconds(speed, ["three"])
    with pytest.raises(UserError, match=facts("train.benchmark")):
        simulate_replicas.milliseconds(speed.parent / "absent.json", ["one"])
