"""What each operation of a network takes."""

import math

import pytest

from models.inference.graph_summary import layers
from tests.train.engines import networks
from tools import layer_times
from train.engines.limits import Machine


def test_the_operations_have_the_multiplications_of_the_network(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = networks.make(tmp_path / "small")
    operations = layer_times.profile(run, "float32", times=2)
    convolutions = [one for one in layers(run) if one.kind.endswith("convolution")]
    found = [one for one in operations if one.kind in ("Convolution", "Deconvolution")]
    assert [one.macs for one in found] == [layer.macs for layer in convolutions]
    first = found[0]  # 8 kernels of 3 × 3 × 3 on 32 × 48 pixels
    values = 32 * 48 * (3 + 8) + 8 * 3 * 9 + 8
    assert first.bytes == 4 * values
    rows = layer_times.table(operations, Machine({"float32": 50.0}, 10.0), "float32").splitlines()
    assert len(rows) == 2 + len(operations) + 1
    cells = [cell.strip() for cell in rows[-1].split("|")]
    whole = math.fsum(one.milliseconds for one in operations)
    assert float(cells[2]) == pytest.approx(whole, abs=0.006)
    assert cells[3] == "100%"
