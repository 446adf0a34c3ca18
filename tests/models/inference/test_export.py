import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
import pytest

from configs import schema
from configs.errors import UserError
from configs.files import sha256
from configs.paths import ROOT
from models import architectures
from models.inference import deployment, export, export_child
from models.inference.predictor import RunPredictor, without_void
from models.runs.run import Run
from tests.facts import facts

CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


def networks():
    """Return one config per network: two that differ only in the size of their input have the same layers."""
    distinct: dict[str, Path] = {}
    for path in CONFIGS:
        experiment = schema.load(path)
        distinct.setdefault(f"{experiment.data.dataset} {experiment.model}", path)
    return list(distinct.values())


@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # keras looks for it to help tf2onnx
@pytest.mark.parametrize(
    "config",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem != "pets_unet" else [])
        for path in networks()
    ],
)
def test_every_network_gives_the_scores_of_keras(make_run, config, tmp_path):
    run = make_run(tmp_path / "run", schema.load(config))
    assert export_child.run(run.path, tmp_path / "graphs", "openvino", "openvino", None) == (0, "exit code 0")
    model = architectures.build(run.experiment, len(run.label_space))
    model.load_weights(run.weights)
    assert run.parameters() == model.count_params()

    height, width = run.experiment.data.image_size
    low, high = run.experiment.data.input_range
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    expected = model.predict((image / 255 * (high - low) + low)[None].astype(np.float32), verbose=0)[0]
    expected = without_void(expected, run.label_space)
    assert expected.std() > 1e-3, "a network with the same output everywhere proves nothing"
    scores, _ = RunPredictor(run, tmp_path / "graphs" / "float32.xml", "float32").network_scores(image)
    np.testing.assert_allclose(scores, expected, atol=1e-3)
    # The graph for bfloat16 is another way to compute the same, as float32 shows without the rounding.
    rewritten = tmp_path / "graphs" / "bfloat16.xml"
    scores, _ = RunPredictor(run, rewritten, "float32").network_scores(image)
    np.testing.assert_allclose(scores, expected, atol=1e-3)
    kinds = [node.get_type_name() for node in openvino.Core().read_model(rewritten).get_ops()]
    assert "DepthToSpace" in kinds
    assert "ConvolutionBackpropData" not in kinds
    assert kinds.count("Transpose") == 2, "at either end, as OpenVINO computes with the channels first"

    export.write_onnx(run, tmp_path / "onnx")
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    (given,), (output,) = session.get_inputs(), session.get_outputs()
    classes = len(run.label_space)
    assert (given.name, given.shape, output.name, output.shape) == (
        "image", [1, height, width, 3], "scores", [1, height, width, classes]
    )  # fmt: skip
    batch = (image / 255 * (high - low) + low)[None].astype(np.float32)
    openvino_scores = RunPredictor(run, tmp_path / "graphs" / "float32.xml", "float32").infer(batch)
    np.testing.assert_allclose(session.run(None, {"image": batch})[0], openvino_scores, atol=1e-4)
    assert session.get_modelmeta().custom_metadata_map == deployment.facts(run)


def test_processes_at_the_same_time_export_once(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # what the user trains on makes no difference
    monkeypatch.chdir(tmp_path)
    calls = []
    run_child = export._run_child

    def count(*arguments) -> None:
        calls.append(arguments)
        run_child(*arguments)

    monkeypatch.setattr(export, "_run_child", count)
    with ThreadPoolExecutor(3) as threads:
        folders = set(threads.map(export.exported, [tiny] * 3))
    assert len(calls) == 1
    assert export.exported(tiny) in folders
    assert len(folders) == 1
    names = sorted(path.name for path in folders.pop().iterdir())
    assert names == ["SHA256SUMS", "bfloat16.bin", "bfloat16.xml", "float32.bin", "float32.xml"]
    assert sorted(path.name[:7] for path in (tmp_path / "compiled").iterdir() if path.is_file()) == ["export."]


def test_weights_replaced_by_training_during_the_export(make_run, tiny, tmp_path, monkeypatch):
    run = make_run(tmp_path / "run", tiny.experiment, seed=5)
    before, key = run.weights.read_bytes(), export._key(run, "openvino", sha256(run.weights))

    def replace_then_export(name: str, snapshot: Path, out: Path, *_: object) -> None:
        run.weights.write_bytes(tiny.weights.read_bytes())
        assert (snapshot / run.weights.name).read_bytes() == before
        out.mkdir()

    monkeypatch.setattr(export, "_run_child", replace_then_export)
    assert export.exported(run).name == key
    now = export._key(run, "openvino", sha256(run.weights))
    assert now == export._key(tiny, "openvino", sha256(tiny.weights)) != key


def test_the_cache_keeps_the_most_recently_used(make_run, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(export, "KEPT", 2)
    monkeypatch.setattr(export, "_run_child", lambda name, run, out, *_: out.mkdir())
    (tmp_path / "cache" / "compiled" / ".export-killed").mkdir(parents=True)
    runs = [make_run(tmp_path / f"run{seed}", tiny.experiment, seed=seed) for seed in range(3)]
    folders: list[Path] = []
    for age, run in zip((300, 200, 0), runs, strict=True):
        if len(folders) == 2:
            assert export.exported(runs[0]) == folders[0]  # used again, and so younger than the second
        folders.append(export.exported(run))
        os.utime(folders[-1], (time.time() - age, time.time() - age))
    left = {path for path in (tmp_path / "cache" / "compiled").iterdir() if path.is_dir()}
    assert left == {folders[0], folders[2]}


def test_a_failing_child_becomes_one_line(make_run, tiny, tmp_path):
    run = make_run(tmp_path / "odd_one", tiny.experiment)
    config = run.path / "config.yaml"
    config.write_text(config.read_text().replace("- 16\n", "- 24\n"))
    with pytest.raises(UserError) as error:
        export.exported(Run(run.path, published=False))
    failure, reason = str(error.value).split(" OpenVINO: ")
    assert failure.startswith("the model odd_one ")
    assert reason.startswith(f"{run.weights} "), "not the copy that is gone by then"
    assert "config" in reason.removeprefix(str(run.weights))
    assert "\n" not in str(error.value)


def test_onnx_is_exported_in_a_child_process_and_cached(tiny, monkeypatch):
    assert not export.is_exported(tiny, "onnx")
    file = export.exported_onnx(tiny)
    assert export.is_exported(tiny, "onnx")
    monkeypatch.setattr(export, "_run_child", None)
    assert export.exported_onnx(tiny) == file
    onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])


def test_onnx_is_exported_again_when_its_metadata_change(make_run, tiny, tmp_path, monkeypatch):
    digest = sha256(tiny.weights)
    experiment = schema.parse(schema.dump(tiny.experiment).replace("resize: stretch", "resize: letterbox"), "x.yaml")
    letterboxed = make_run(tmp_path / "letterboxed", experiment)
    assert export._key(letterboxed, "onnx", digest) != export._key(tiny, "onnx", digest)
    assert export._key(letterboxed, "openvino", digest) == export._key(tiny, "openvino", digest), "the same graph"


def test_a_stopped_export_leaves_no_files(make_run, tiny, tmp_path, monkeypatch):
    run = make_run(tmp_path / "stopped", tiny.experiment, seed=9)
    begun, endless = tmp_path / "begun", tmp_path / "endless"
    endless.write_text(f"#!/bin/sh\ntouch '{begun}'\nexec sleep infinity\n")
    endless.chmod(0o755)
    monkeypatch.setattr("models.inference.export_child.sys.executable", str(endless))
    stop = threading.Event()

    def stop_once_begun() -> None:
        while not begun.exists():
            time.sleep(0.01)
        stop.set()

    with ThreadPoolExecutor(1) as thread, pytest.raises(UserError, match=r"\bstopped to OpenVINO\b.* stopped$"):
        thread.submit(stop_once_begun)
        export.export(run, "openvino", stop)
    assert not export.is_exported(run, "openvino")


@pytest.fixture
def only_tensorflow(tmp_path, monkeypatch):
    """Let no network be exported without TensorFlow."""
    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\ncase \"$*\" in *'--backend openvino'*) echo 'its layer odd is a Lambda' >&2; exit 3;; esac\n"
        f"exec '{sys.executable}' \"$@\"\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr("models.inference.export_child.sys.executable", str(python))


@pytest.mark.usefixtures("only_tensorflow")
def test_a_network_that_needs_tensorflow_is_exported_with_it(make_run, tiny, tmp_path):
    run = make_run(tmp_path / "run", tiny.experiment, seed=11)
    ours, theirs = export.exported(tiny), export.exported(run)
    assert sorted(path.name for path in ours.iterdir()) == sorted(path.name for path in theirs.iterdir())
    first, second = (openvino.Core().read_model(folder / "float32.xml") for folder in (ours, theirs))
    assert len(first.get_ops()) == len(second.get_ops())
    assert second.inputs[0].any_name == first.inputs[0].any_name == "image"


@pytest.mark.usefixtures("only_tensorflow")
def test_a_network_that_needs_tensorflow_where_it_is_not_installed(make_run, tiny, tmp_path, monkeypatch):
    run = make_run(tmp_path / "alone", tiny.experiment, seed=12)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(UserError, match=facts("alone", "odd", "Lambda", "tensorflow", "make install")):
        export.exported(run)


def test_onnx_where_tensorflow_is_not_installed(make_run, tiny, tmp_path, monkeypatch):
    run = make_run(tmp_path / "alone", tiny.experiment, seed=13)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(UserError, match=facts("alone", "ONNX", "tensorflow", "make install")):
        export.exported_onnx(run)
    assert export.exported(run).is_dir(), "OpenVINO needs none"


def test_truncated_weights(make_run, tiny, tmp_path):
    run = make_run(tmp_path / "run", tiny.experiment)
    run.weights.write_bytes(run.weights.read_bytes()[:5000])
    with pytest.raises(UserError, match=rf"^{re.escape(str(run.weights))} .*\bconfig\b"):
        export.write_graphs(run, tmp_path / "graphs")
    assert not (tmp_path / "graphs").exists()


def test_without_weights(make_run, tiny, tmp_path):
    run = make_run(tmp_path / "run", tiny.experiment)
    run.weights.unlink()
    reason = re.escape(run.missing_weights_reason())
    with pytest.raises(UserError, match=rf"^{re.escape(str(run.path))} has no model\.weights\.h5; {reason}$"):
        export.exported(run)


def test_an_unwritable_cache(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=rf"{re.escape(str(tmp_path / 'file' / 'compiled'))} \(Not a directory\)"):
        export.exported(tiny)
