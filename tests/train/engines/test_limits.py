"""The least time of a network, from what a machine does at best."""

from dataclasses import replace

import pytest

from models.inference.graph_summary import Layer
from train.engines import limits
from train.engines.limits import Machine

CONVOLUTION = Layer("convolution 1", "convolution", "down", (3, 3), (1, 1), "", (10, 20, 8), 50_000, 20_000_000)
HEAD = replace(CONVOLUTION, shape=(10, 20, 2), parameters=16, macs=10_000_000)


def test_the_least_time_by_hand():
    machine = Machine({"float32": 100.0, "int8": 400.0}, gigabytes=0.5)
    ends = 4 * 10 * 20 * (3 + 2)
    floats = machine.least([CONVOLUTION, HEAD], "float32")
    assert floats["computing"] == pytest.approx(3e7 / 100e9 * 1000)
    assert floats["memory"] == floats["least"] == pytest.approx((4 * 50_016 + ends) / 0.5e9 * 1000, abs=5e-4)
    assert floats["through_memory"] == pytest.approx((4 * 50_016 + 2 * 4 * 2000) / 0.5e9 * 1000, abs=5e-4)
    bytes_only = replace(machine, gigabytes=1000.0).least([CONVOLUTION, HEAD], "int8")
    assert bytes_only["least"] == bytes_only["computing"] == pytest.approx(3e7 / 400e9 * 1000)


def test_a_machine_is_measured(monkeypatch):
    monkeypatch.setattr(limits, "CHANNELS", 8)
    monkeypatch.setattr(limits, "SIDE", 4)
    monkeypatch.setattr(limits, "MEGABYTES", 1)
    machine = limits.measured(seconds=0)
    assert machine.gmacs.keys() >= {"float32", "int8"}
    assert min(machine.gmacs.values()) > 0
    assert machine.gigabytes > 0
    assert machine.described() == {"gmacs": machine.gmacs, "gigabytes": machine.gigabytes}
