"""A network that is rebuilt for OpenVINO computes what it did before."""

import json
import os
import subprocess
import sys

import pytest

from configs.paths import ROOT
from tests.facts import mentions

PROGRAM = "tests/models/inference/rebuilding.py"


@pytest.fixture(scope="module")
def results():
    environment = {**os.environ, "KERAS_BACKEND": "openvino", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rebuilt_networks_compute_the_same(results):
    differences = {name: found for name, found in results["rebuilt"].items() if not isinstance(found, float)}
    assert differences == {}
    assert len(results["rebuilt"]) > 15
    assert max(results["rebuilt"].values()) < 1e-5


def test_what_may_depend_on_the_order_of_the_axes_is_named(results):
    assert [name for name, found in results["refused"].items() if isinstance(found, float)] == []
    assert all(mentions(found, "odd") for found in results["refused"].values())
    assert mentions(results["refused"]["inside another"], "LayerNormalization")
