import argparse
import sys

import pytest

from configs import installed
from configs.command_line import ArgumentParser
from configs.errors import UserError
from tests.facts import facts
from train.distribution import options
from train.distribution.options import ADDRESSES, PROCESS, PROCESSES, Cluster
from train.distribution.team import Share


def parsed(*arguments: str) -> argparse.Namespace:
    parser = ArgumentParser()
    options.add(parser)
    return parser.parse_args(arguments)


def test_a_training_is_on_one_process_unless_asked_for():
    assert options.cluster_of(parsed(), {ADDRESSES: "a:1", PROCESSES: "2", PROCESS: "0"}) is None


def test_options_go_before_the_environment():
    given = parsed("--distribute", "10.0.0.1:1234", "--processes", "3", "--process-id", "2", "--wait", "5")
    assert options.cluster_of(given, {ADDRESSES: "b:1", PROCESSES: "9", PROCESS: "8"}) == Cluster(
        "10.0.0.1:1234", 3, 2, 5
    )


def test_what_keras_reads_from_the_environment_is_read():
    environment = {ADDRESSES: "10.0.0.1:1234,10.0.0.2:1234", PROCESSES: "2", PROCESS: "1"}
    cluster = options.cluster_of(parsed("--distribute"), environment)
    assert cluster == Cluster("10.0.0.1:1234", 2, 1)
    assert (cluster.leads, cluster.endpoint) == (False, ("10.0.0.1", 1234))
    assert Cluster("[::1]:80", 1, 0).endpoint == ("::1", 80)


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["--processes", "2"], {}, ["--processes", "--distribute"]),
        (["--distribute"], {}, ["HOST:PORT", ADDRESSES]),
        (["--distribute", "configs/pets_unet.yaml"], {}, ["configs/pets_unet.yaml", "HOST:PORT"]),
        (["--distribute", "host:99999"], {}, ["host:99999"]),
        (["--distribute", "host:1"], {}, ["--processes", PROCESSES]),
        (["--distribute", "host:1", "--processes", "2"], {}, ["--process-id", PROCESS]),
        (["--distribute", "host:1", "--processes", "2"], {PROCESS: "one"}, [f"{PROCESS}=one"]),
        (["--distribute", "host:1", "--processes", "2", "--process-id", "2"], {}, ["--process-id", "2", "0", "1"]),
        (["--distribute", "host:1", "--processes", "0", "--process-id", "0"], {}, ["--processes", "0"]),
    ],
)
def test_a_mistake_is_named(arguments, environment, named):
    with pytest.raises(UserError, match=facts(*named)):
        options.cluster_of(parsed(*arguments), environment)


def test_only_jax_trains_on_several_processes(tiny, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    with pytest.raises(UserError, match=facts("tensorflow", "KERAS_BACKEND=jax")):
        options.check(Cluster("host:1", 2, 0), tiny())


def test_without_jax_the_requirements_are_named(tiny, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(UserError, match=facts("jax", "requirements-scale.txt")):
        options.check(Cluster("host:1", 2, 0), tiny())
    assert "make install" in installed.lacking("this", "jax")


@pytest.mark.parametrize(
    ("size", "processes", "named"), [(10, 3, ["10", "3", "9", "12"]), (2, 3, ["2", "3"]), (8, 4, [])]
)
def test_a_batch_is_shared_evenly(tiny, monkeypatch, size, processes, named):
    pytest.importorskip("jax", reason="JAX is not installed: make install-scale")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    experiment, cluster = tiny(f"train.batch_size={size}"), Cluster("host:1", processes, 0)
    if not named:
        options.check(cluster, experiment)
        return
    with pytest.raises(UserError, match=facts("train.batch_size", *named)):
        options.check(cluster, experiment)


@pytest.mark.parametrize(("rows", "processes", "devices"), [(8, 2, 2), (3, 2, 2), (5, 2, 4), (1, 3, 3), (6, 1, 1)])
def test_every_row_is_read_by_one_process(rows, processes, devices):
    shares = [Share(process, processes, devices) for process in range(processes)]
    size = shares[0].padded(rows)
    assert rows <= size < rows + devices
    assert size % devices == 0
    assert [row for share in shares for row in range(size)[share.of(size)]] == list(range(size))
