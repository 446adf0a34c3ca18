import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from configs import paths, schema
from configs.errors import UserError
from configs.paths import ROOT
from models.inference.graph_summary import gmacs
from models.inference.predictor import native_precision
from models.runs.run import Run
from tests.facts import mentions
from tests.models import int8
from train import benchmark


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """Return a run of a small, untrained network."""
    from models import architectures
    from models.runs import weights

    folder = tmp_path_factory.mktemp("runs") / "small"
    folder.mkdir()
    overrides = ["name=small", "data.image_size=[32, 48]", "model.filters=[8, 16]"]
    experiment = schema.load(ROOT / "configs" / "pets_unet.yaml", overrides)
    (folder / "config.yaml").write_text(schema.dump(experiment))
    weights.save(architectures.build(experiment, 3), folder / "model.weights.h5")
    return Run(folder, published=False)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def surroundings(cache, tmp_path, monkeypatch) -> None:
    """Keep the user's cache free of untrained networks, and the user's models out of the tests."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")


@pytest.mark.slow
def test_all_engines_run_the_same_network(run):
    results = {name: np.asarray(engine()) for name, engine in benchmark.engines(run).items()}
    expected = set(benchmark.ENGINES) - {benchmark.OPENVINO_INT8}  # it was not quantised
    expected -= {benchmark.OPENVINO_BF16} if native_precision() == "float32" else set()
    assert set(results) == expected
    for name, result in results.items():
        assert result.shape == (1, 32, 48, 3)
        tolerance = 0.05 if name == benchmark.OPENVINO_BF16 else 1e-3
        np.testing.assert_allclose(result, results[benchmark.KERAS], atol=tolerance)


def test_command(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["benchmark", str(run.path), "--json", str(tmp_path / "speed.json"), "--seconds", "0"]
    )
    assert benchmark.main() == 0
    printed = capsys.readouterr().out
    document = json.loads((tmp_path / "speed.json").read_text())
    assert document["machine"].keys() >= {"cpu", "cores", "openvino", "tensorflow", "keras"}
    result = document["models"]["small"]
    assert result["parameters"] == run.parameters()
    assert result["gmacs"] == round(gmacs(run), 4) > 0
    for name, figures in result["milliseconds"].items():
        assert name in printed
        assert 0 < figures["p10"] <= figures["median"] <= figures["p90"]
    assert f"{result['milliseconds'][benchmark.GRAPH]['median']:.1f}" in printed


def test_runs_of_the_same_name_have_separate_rows(run, tmp_path, monkeypatch):
    """A local run may be called as a published one is."""
    published = Run(shutil.copytree(run.path, tmp_path / "zoo" / "small"), published=True)
    monkeypatch.setattr(benchmark, "engines", lambda run, **options: {"engine": lambda: None})
    monkeypatch.setattr(benchmark, "gmacs", lambda run: 1.0)
    arguments = [str(published.path), str(run.path), "--seconds", "0", "--json", str(tmp_path / "speed.json")]
    monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
    assert benchmark.main() == 0
    assert list(json.loads((tmp_path / "speed.json").read_text())["models"]) == ["small", "small (local)"]


def test_an_unavailable_engine_is_shown_as_a_dash():
    milliseconds = {name: {"median": 5.0} for name in benchmark.ENGINES if name != benchmark.OPENVINO_BF16}
    last = benchmark.table({"small": {"milliseconds": milliseconds}}).splitlines()[-1]
    assert last.split() == ["small", "5.0", "5.0", "5.0", "-", "5.0", "-"]


def test_the_table_says_how_much_faster_int8_is_than_the_usual_precision():
    milliseconds = {benchmark.OPENVINO: {"median": 9.0}, benchmark.OPENVINO_BF16: {"median": 5.0}}
    milliseconds[benchmark.OPENVINO_INT8] = {"median": 2.0}
    last = benchmark.table({"small": {"precision": "bfloat16", "milliseconds": milliseconds}}).splitlines()[-1]
    assert last.split() == ["small", "-", "-", "9.0", "5.0", "2.0", "2.50"]


def test_the_precisions_alone(run, tmp_path, monkeypatch):
    """Keras takes longest, and has no say in how fast the precisions are."""
    copy = Run(shutil.copytree(run.path, tmp_path / "small"), published=False)
    int8.quantised(copy)
    names = list(benchmark.engines(copy, keras=False))
    native = [benchmark.OPENVINO_BF16] if native_precision() == "bfloat16" else []
    assert names == [benchmark.OPENVINO, *native, benchmark.OPENVINO_INT8]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--json", "{}/absent/speed.json"], ["--json", "no folder {}/absent"]),
        (["--json", "{}"], ["--json", "{}", "is a folder"]),
        (["nobody"], ["no model 'nobody'"]),
        ([], ["no model", "published"]),
    ],
)
def test_mistakes(tmp_path, monkeypatch, arguments, expected):
    monkeypatch.setattr(sys, "argv", ["benchmark", *(argument.replace("{}", str(tmp_path)) for argument in arguments)])
    with pytest.raises(UserError) as error:
        benchmark.main()
    assert mentions(str(error.value), *(fact.replace("{}", str(tmp_path)) for fact in expected))
