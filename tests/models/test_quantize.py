"""The command line that quantises a run."""

import shutil
import sys

import numpy as np
import pytest

from configs.errors import UserError
from configs.files import sha256
from models import quantize
from models.inference import quantisation, quantising
from models.inference.loading import load_predictor
from models.runs import in_use, int8_rest, registry, weights
from models.runs.run import Run
from tests.data.conftest import tiny_data  # noqa: F401 - fixture
from tests.facts import mentions
from tests.models import int8


@pytest.fixture
def run(tiny, tiny_data, tmp_path, monkeypatch) -> Run:  # noqa: F811
    """Return a run of its own, trained on two of the pictures of a small dataset, which is set as the data."""
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    run = Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)
    pictures = sorted((tiny_data / "oxford_iiit_pet" / "images").glob("*.jpg"))
    (run.path / "train_images.txt").write_text("".join(f"{sha256(file)}\n" for file in pictures))
    return run


def quantise(monkeypatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["quantize", *map(str, arguments)])
    return quantize.main()


def test_it_makes_an_int8_network_and_names_its_pictures(run, monkeypatch, capsys):
    pytest.importorskip("nncf")
    assert quantise(monkeypatch, run.path, "--pictures", 2, "--keep", "convolution 1") == 0
    listed = run.calibration_images.read_text().split()
    assert len(listed) == 2
    assert listed == sorted(listed)
    assert set(listed) <= run.training_images()
    made = quantisation.read(run.quantisation)
    assert made.weights == sha256(run.weights)
    assert made.facts["pictures"] == 2
    assert made.facts["float32 layers"] == ["convolution 1"]
    assert mentions(capsys.readouterr().out, 2, "--precision", "int8")
    before = run.quantisation.read_bytes()
    assert quantise(monkeypatch, run.path, "--pictures", 2, "--keep", "convolution 1") == 0
    assert run.quantisation.read_bytes() == before, "the same pictures give the same network"
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    ours, plain = (load_predictor(run, precision).predict(image).labels for precision in ("int8", "float32"))
    assert np.mean(ours == plain) > 0.9


def test_a_published_run_keeps_true_checksums(run, monkeypatch, tmp_path):
    pytest.importorskip("nncf")
    monkeypatch.setattr("configs.paths.zoo_dir", lambda: tmp_path)
    lines = [f"{sha256(file)}  {file.name}\n" for file in sorted(run.path.iterdir())]
    (run.path / "SHA256SUMS").write_text("".join(lines))
    assert quantise(monkeypatch, "mine", "--pictures", 1) == 0
    weights.verify(run.path)
    names = {line.split("  ")[1] for line in (run.path / "SHA256SUMS").read_text().splitlines()}
    assert {"int8.npz", "calibration_images.txt"} <= names
    assert registry.find("mine · int8").is_ready


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nobody"], ["no model 'nobody'"]),
        (["{}", "--pictures", "0"], ["--pictures 0", "at least 1"]),
        (["{}", "--rest"], ["--rest", "mine", "int8.npz"]),
        (["{}", "--rest", "--keep", "convolution 1"], ["--rest", "--keep"]),
        (["{}", "--data-dir", "/nowhere"], ["/nowhere/oxford_iiit_pet", "python -m data.prepare oxford_iiit_pet"]),
    ],
)
def test_mistakes(run, monkeypatch, arguments, expected):
    with pytest.raises(UserError) as error:
        quantise(monkeypatch, *(argument.replace("{}", str(run.path)) for argument in arguments))
    assert mentions(str(error.value), *expected)
    assert not run.quantisation.exists()


def test_the_choice_for_the_rest_is_made_again_without_quantising(run, monkeypatch, tmp_path, capsys):
    int8.quantised(run)
    monkeypatch.setattr("configs.paths.zoo_dir", lambda: tmp_path)
    lines = [f"{sha256(file)}  {file.name}\n" for file in sorted(run.path.iterdir())]
    (run.path / "SHA256SUMS").write_text("".join(lines))
    before = run.quantisation.read_bytes()
    assert quantise(monkeypatch, "mine", "--rest") == 0
    assert run.quantisation.read_bytes() == before
    found = int8_rest.read(run)
    assert found is not None
    assert (found.rest, found.pictures) == ("float32", 0), "it was trained on all pictures"
    assert mentions(capsys.readouterr().out, "float32", "val")
    weights.verify(run.path)
    assert "int8_rest.json" in (run.path / "SHA256SUMS").read_text()


def test_an_unknown_layer_is_refused_and_the_known_are_listed(run, monkeypatch):
    pytest.importorskip("nncf")
    with pytest.raises(UserError, match=r"--keep convolution 99: .*convolution 1, .*softmax 1"):
        quantise(monkeypatch, run.path, "--pictures", 1, "--keep", "convolution 99")


def test_a_run_without_weights_or_known_pictures_is_refused(run, monkeypatch):
    (run.path / "train_images.txt").write_text("ab" * 32)
    with pytest.raises(UserError, match="none of the pictures that mine was trained on"):
        quantise(monkeypatch, run.path)
    (run.path / "train_images.txt").unlink()
    with pytest.raises(UserError, match=r"train_images\.txt"):
        quantise(monkeypatch, run.path)


def test_a_run_that_is_in_use_is_refused(run, monkeypatch):
    with in_use.held(run.path), pytest.raises(UserError, match="mine: is being changed by another process"):
        quantise(monkeypatch, run.path)


def test_without_nncf_it_says_how_to_install_it(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(UserError, match=r"NNCF.* pip install -r requirements\.txt"):
        quantise(monkeypatch, run.path)


def test_pictures_go_through_the_networks_own_input_range(tiny_void):
    low, high = tiny_void.experiment.data.input_range
    image = np.zeros((20, 48, 3), np.uint8)
    image[:, 24:] = 255
    batch = quantising.network_batch(tiny_void, image)
    assert batch.shape == (1, 32, 48, 3)
    assert (batch.min(), batch.max()) == (low, high)
