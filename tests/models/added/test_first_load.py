"""Engines that really die: the process that wanted to use them gets a sentence and lives on."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from configs.paths import ROOT
from models.added import adding
from models.added.describing import describe
from models.inference import cpu, export
from models.inference.loading import load_predictor
from tests.facts import facts, mentions
from tests.models.added import deadly
from tests.models.added.described import NAMES, added, head
from tests.models.added.onnx_files import saved
from tests.models.added.test_adding import ANSWERS
from tests.models.conftest import make_run

ENGINES = {
    "openvino": (deadly.OPENVINO, "OpenVINO", "SIGABRT"),
    "litert": (deadly.LITERT, "LiteRT", "SIGABRT"),
    "onnxruntime": (deadly.ONNXRUNTIME, "ONNX Runtime", "SIGSEGV"),
}

TFLITE = {"source__format": "tflite"}  # LiteRT dies before it reads the file


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Use a cache in which nothing has run yet."""
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))


def command(module, *arguments):
    """Run a command line of the project, and return its exit code, output and errors."""
    words = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def photograph(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stored_model_whose_engine_dies_is_a_sentence(fresh, tmp_path, photograph, monkeypatch, engine):
    standin, name, signal = ENGINES[engine]
    model = added(tmp_path / "mine", engine=engine, **(TFLITE if engine == "litert" else {}))
    deadly.install(tmp_path / "deadly", monkeypatch, standin)
    with pytest.raises(UserError, match=facts(model.weights.name, name, signal)):
        load_predictor(model)
    code, _, errors = command(
        "models.predict", "--model", model.path, "--input", photograph, "--output", tmp_path / "out"
    )
    assert (code, errors.count("\n")) == (2, 1)
    assert mentions(errors, model.weights.name, name, signal)


def test_a_network_of_our_own_whose_compilation_dies_is_a_sentence(fresh, tiny, tmp_path, photograph, monkeypatch):
    run = make_run(tmp_path / "run", tiny.experiment, seed=9)
    graphs = export.exported(run)
    deadly.install(tmp_path / "deadly", monkeypatch, deadly.OPENVINO)
    code, _, errors = command("models.predict", "--model", run.path, "--input", photograph, "--output", tmp_path / "o")
    assert (code, errors.count("\n")) == (2, 1)
    assert mentions(errors, "run", "OpenVINO", "SIGABRT", graphs)


def test_an_engine_chosen_by_hand_that_dies_leaves_nothing(fresh, tmp_path, models_dir, monkeypatch):
    file = saved(tmp_path, head(), "unet.onnx")
    deadly.install(tmp_path / "deadly", monkeypatch, deadly.ONNXRUNTIME)
    answers = ("--classes", ",".join(NAMES), "--range", "0,1")
    code, _, errors = command("models.add", file, *answers, "--engine", "onnxruntime")
    assert (code, errors.count("\n")) == (2, 1)
    assert mentions(errors, "unet.onnx", "ONNX Runtime", "SIGSEGV")
    assert [path.name for path in models_dir.iterdir() if path.name != ".adding.lock"] == []
    code, out, errors = command("models.add", file, *answers)  # now it is only the second opinion that dies
    assert (code, errors) == (0, "")
    assert mentions(out, "ONNX Runtime", "SIGSEGV", models_dir / "unet")


def test_another_size_than_the_one_looked_at_is_tried_first(fresh, tmp_path, models_dir, monkeypatch):
    with adding.staged(saved(tmp_path, head(size=("h", "w")), "unet.onnx")) as prepared:
        described = describe(prepared.facts, prepared.original, ANSWERS)
        deadly.install(tmp_path / "deadly", monkeypatch, deadly.OPENVINO)
        adding.try_out(prepared, described)  # it has run so in the child that looked at it
        other = described.model_copy(update={"input": described.input.model_copy(update={"size": (64, 64)})})
        with pytest.raises(UserError, match="SIGABRT"):
            adding.try_out(prepared, other)


def test_what_has_run_here_is_tried_again_on_another_cpu_or_without_the_cache(fresh, tmp_path, monkeypatch):
    model = added(tmp_path / "mine")
    load_predictor(model)
    deadly.install(tmp_path / "deadly", monkeypatch, deadly.OPENVINO)
    load_predictor(model)
    for name in ("name", "instructions"):
        with monkeypatch.context() as changed, pytest.raises(UserError, match="SIGABRT"):
            changed.setattr(cpu, name, lambda: "another")
            load_predictor(model)
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "copied"))
    with pytest.raises(UserError, match="SIGABRT"):
        load_predictor(model)


def test_a_cache_that_can_not_be_written_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "file" / "cache"))
    assert load_predictor(added(tmp_path / "mine")).engine
