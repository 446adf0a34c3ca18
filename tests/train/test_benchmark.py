import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from configs import paths
from configs.errors import UserError
from data import samples
from models.inference import benchmarks
from models.inference.graph_summary import gmacs
from models.inference.predictor import native_precision, usual_precision
from models.runs import weights
from models.runs.run import Run
from tests.facts import mentions
from tests.models import int8
from tests.train.engines import networks
from train import benchmark
from train.engines import catalogue, limits


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """Return a run of a small network with random weights, and its int8 scales."""
    return networks.make(tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def surroundings(cache, tmp_path, monkeypatch) -> None:
    """Keep the user's cache free of untrained networks, and the user's models out of the tests."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")


@pytest.fixture(autouse=True)
def little_work(monkeypatch) -> None:
    """Measure the machine's limits with little work."""
    monkeypatch.setattr(limits, "CHANNELS", 8)
    monkeypatch.setattr(limits, "SIDE", 4)
    monkeypatch.setattr(limits, "MEGABYTES", 1)


def measured(run: Run, folder: Path, monkeypatch, *arguments: str) -> dict[str, Any]:
    """Run the command, and return what it wrote."""
    file = folder / "speed.json"
    options = ["--json", str(file), "--seconds", "0", "--data-dir", str(folder)]
    monkeypatch.setattr(sys, "argv", ["benchmark", str(run.path), *arguments, *options])
    assert benchmark.main() == 0
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def test_command(run, tmp_path, monkeypatch, capsys):
    chosen = ["--engine", catalogue.GRAPH, "--engine", catalogue.KERAS, "--engine", catalogue.INT8]
    document = measured(run, tmp_path, monkeypatch, *chosen)
    printed = capsys.readouterr().out
    assert document["machine"].keys() >= {"cpu", "cores", "openvino", "tensorflow", "keras", "ai-edge-litert"}
    assert document["machine"]["limits"]["gmacs"].keys() >= {"float32", "int8"}
    result = document["models"]["small"]
    assert result["parameters"] == run.parameters()
    assert result["gmacs"] == round(gmacs(run), 4) > 0
    assert result["limits"]["float32"]["least"] > 0
    assert list(result["milliseconds"]) == [catalogue.KERAS, catalogue.GRAPH]
    for name, figures in result["milliseconds"].items():
        assert name in printed
        percentiles = [figures[part] for part in ("min", "p10", "p25", "median", "p75", "p90")]
        assert percentiles == sorted(percentiles)
        assert figures["min"] > 0
    assert f"{result['milliseconds'][catalogue.GRAPH]['median']:.1f}" in printed
    assert list(result["absent"]) == [catalogue.INT8]  # it was not quantised
    assert mentions(printed, catalogue.INT8, "models.quantize")
    assert mentions(result["calibration"], len(samples.pictures()))


def test_runs_of_the_same_name_have_separate_rows(run, tmp_path, monkeypatch):
    """A local run may be called as a published one is."""
    published = Run(shutil.copytree(run.path, tmp_path / "zoo" / "small"), published=True)
    (published.path / weights.CHECKSUMS).touch()
    weights.renew_checksums(published.path, "config.yaml", "model.weights.h5")
    one = ["--openvino", "--engine", benchmarks.ENGINES["float32"]]
    document = measured(run, tmp_path, monkeypatch, str(published.path), *one)
    assert list(document["models"]) == ["small (local)", "small"]


def test_the_precisions_alone(run, tmp_path, monkeypatch):
    """Keras takes longest, and has no say in how fast the precisions are."""
    copy = Run(shutil.copytree(run.path, tmp_path / "small"), published=False)
    int8.quantised(copy)
    document = measured(copy, tmp_path, monkeypatch, "--openvino")
    native = [benchmarks.ENGINES["bfloat16"]] if native_precision() == "bfloat16" else []
    expected = [benchmarks.ENGINES["float32"], *native, benchmarks.ENGINES["int8"]]
    assert list(document["models"]["small"]["milliseconds"]) == expected
    assert document["models"]["small"]["default"] == usual_precision(copy), "it has no scores, so not int8"
    assert benchmarks.read(tmp_path / "speed.json").milliseconds.keys() == {"small", "small · int8"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--json", "{}/absent/speed.json"], ["--json", "no folder {}/absent"]),
        (["--json", "{}"], ["--json", "{}", "is a folder"]),
        (["nobody"], ["no model 'nobody'"]),
        (["--engine", "Theano"], ["--engine", "Theano", *catalogue.TITLES]),
        ([], ["no model", "published"]),
    ],
)
def test_mistakes(tmp_path, monkeypatch, arguments, expected):
    monkeypatch.setattr(sys, "argv", ["benchmark", *(argument.replace("{}", str(tmp_path)) for argument in arguments)])
    with pytest.raises(UserError) as error:
        benchmark.main()
    assert mentions(str(error.value), *(fact.replace("{}", str(tmp_path)) for fact in expected))
