"""Latencies are measured as models are used, and stored with the machine."""

import json
import time
from typing import cast

import pytest

from configs import paths, schema
from configs.paths import ROOT
from models.inference import benchmarks
from models.inference.benchmarks import Latencies
from models.inference.predictor import Predictor
from models.runs.run import Run


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    """Keep the user's cache and models out of the tests."""
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")


@pytest.fixture
def run(tmp_path) -> Run:
    folder = tmp_path / "runs" / "small"
    folder.mkdir(parents=True)
    experiment = schema.load(ROOT / "configs" / "pets_unet.yaml", ["name=small", "data.image_size=[32, 48]"])
    (folder / "config.yaml").write_text(schema.dump(experiment))
    return Run(folder, published=False)


class Instant:
    """The part of a predictor that is measured."""

    precision = "float32"

    def __init__(self, run: Run) -> None:
        self.model = run
        self.calls = 0

    def network_call(self):
        def call() -> None:
            self.calls += 1

        return call


def of(median, **more):
    return {"milliseconds": {"OpenVINO float32": {"median": median}}} | more


def test_a_measurement_is_stored_and_read_back(run):
    predictor = Instant(run)
    found = benchmarks.measure_here(cast(Predictor, predictor), seconds=0)
    assert predictor.calls > 1
    speeds = benchmarks.read(benchmarks.file())
    assert speeds.of(run) == found
    assert dict(speeds.precision) == {"small": "float32"}
    assert "cores" in speeds.machine
    document = json.loads(benchmarks.file().read_text())
    assert document["models"]["small"]["network"]["input"] == [32, 48]
    assert document["models"]["small"]["milliseconds"]["OpenVINO float32"]["runs"] == 5


def test_a_measurement_keeps_others_of_this_machine(run):
    benchmarks.record("other", of(7.0))
    benchmarks.record("small", of(1.0))
    benchmarks.record("small", of(2.0))
    assert benchmarks.read(benchmarks.file()).milliseconds == {"other": 7.0, "small": 2.0}


@pytest.mark.parametrize(
    "before", ["{", "[]", "{}", json.dumps({"machine": {"cpu": "Another", "cores": 64}, "models": {"a": of(1)}})]
)
def test_results_of_another_machine_and_damaged_files_are_replaced(before):
    benchmarks.file().parent.mkdir()
    benchmarks.file().write_text(before)
    benchmarks.record("small", of(2.0))
    assert benchmarks.read(benchmarks.file()).milliseconds == {"small": 2.0}


def test_two_runs_of_the_same_name_have_separate_results(run, tmp_path):
    (tmp_path / "zoo" / "small").mkdir(parents=True)
    published = Run(tmp_path / "zoo" / "small", published=True)
    speeds = Latencies({"small": 1.0, "small (local)": 2.0})
    assert (speeds.of(published), speeds.of(run)) == (1.0, 2.0)
    assert Latencies({"small": 1.0}).of(run) is None


@pytest.mark.parametrize(
    "change", [("- 32\n  - 48", "- 64\n  - 48"), ("- 16\n", "- 24\n"), ("oxford_iiit_pet", "camvid")]
)
def test_a_result_of_another_network_of_the_same_name_is_ignored(run, change):
    benchmarks.measure_here(cast(Predictor, Instant(run)), seconds=0)
    config = run.path / "config.yaml"
    assert benchmarks.read(benchmarks.file()).of(Run(run.path, published=False)) is not None
    before = config.read_text()
    config.write_text(before.replace(*change))
    assert config.read_text() != before
    assert benchmarks.read(benchmarks.file()).of(Run(run.path, published=False)) is None


def test_engines_alternate_and_the_first_calls_are_not_timed(monkeypatch):
    clock = [0.0]
    calls: list[str] = []
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def engine(name: str, durations: list[float]):
        def call() -> None:
            clock[0] += durations[min(calls.count(name), len(durations) - 1)]
            calls.append(name)

        return call

    fast, slow = engine("fast", [9.0, 9.0, 9.0, 0.002]), engine("slow", [9.0, 9.0, 9.0, 0.01])
    result = benchmarks.measure({"fast": fast, "slow": slow}, seconds=0, rounds=4)
    parts = ("median", "min", "p10", "p25", "p75", "p90")
    assert result["fast"] == {**dict.fromkeys(parts, 2.0), "runs": 4}
    assert result["slow"] == {**dict.fromkeys(parts, 10.0), "runs": 4}
    assert calls[6:] == ["fast", "fast", "slow", "slow"] * 4


def test_a_run_measured_in_int8_too_is_a_model_of_its_own_in_that(run):
    milliseconds = {"OpenVINO bfloat16": {"median": 5.0}, "OpenVINO int8": {"median": 2.0}}
    result = {"precision": "bfloat16", "network": run.network_facts(), "milliseconds": milliseconds}
    benchmarks.record("small", result)
    benchmarks.record("small (local)", result)
    speeds = benchmarks.read(benchmarks.file())
    in_int8 = run.in_precision("int8")
    assert (speeds.of(run), speeds.of(in_int8)) == (5.0, 2.0)
    assert dict(speeds.precision) == {
        "small": "bfloat16", "small · int8": "int8", "small (local)": "bfloat16", "small · int8 (local)": "int8",
    }  # fmt: skip
    benchmarks.record("small · int8", {"milliseconds": {"OpenVINO int8": {"median": 1.0}}, "precision": "int8"})
    assert benchmarks.read(benchmarks.file()).of(in_int8) == 1.0, "measured by itself"
