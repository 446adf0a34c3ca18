"""Every command line: a mistake is one clear line on stderr and exit code 2, never a traceback.

Each runs as a user would run it, in a process of its own, so that what libraries print while they start counts too.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.paths import ROOT

COMMANDS = [
    "data.prepare",
    "data.add",
    "data.remove",
    "train",
    "train.evaluate",
    "train.publish",
    "train.report",
    "train.benchmark",
    "train.ablation",
    "models.add",
    "models.remove",
    "models.predict",
    "models.export",
]
CONFIG = "configs/pets_unet.yaml"


def run(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.fixture
def inputs(tmp_path) -> Path:
    """Return a folder with files that are there but are not what a command needs."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "photos").mkdir()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "photos" / "cat.png")
    (tmp_path / "twins").mkdir()
    for suffix in ("png", "jpg"):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "twins" / f"cat.{suffix}")
    (tmp_path / "file").write_text("no folder\n")
    (tmp_path / "broken.yaml").write_text("name: [\n")
    (tmp_path / "other.yaml").write_text((ROOT / CONFIG).read_text().replace("  epochs:", "  epoch:"))
    (tmp_path / "deep.yaml").write_text((ROOT / CONFIG).read_text().replace("[256, 256]", "[100, 256]"))
    pets = tmp_path / "half" / "oxford_iiit_pet"
    for folder, name in [("images", "cat.jpg"), ("annotations/trimaps", "cat.png")]:
        (pets / folder).mkdir(parents=True)
        Image.fromarray(np.ones((4, 4), np.uint8)).save(pets / folder / name)
    return tmp_path


MISTAKES = [
    # command, arguments ({} is the folder above), words that must be in the line
    ("data.prepare", [], ["DATASET"]),
    ("data.prepare", ["cats"], ["cats", "camvid, grocery, oxford_iiit_pet, voc2012"]),
    ("data.prepare", ["camvid", "--data"], ["--data"]),
    ("data.prepare", ["oxford_iiit_pet", "--data-dir", "{}/half"], ["{}/half/oxford_iiit_pet/annotations/", ".txt"]),
    ("data.add", ["{}/photos"], ["--name"]),
    ("data.add", ["{}/absent", "--name", "mine"], ["{}/absent", "folder"]),
    ("data.add", ["{}/file", "--name", "mine"], ["{}/file", "folder"]),
    ("data.add", ["{}/photos", "--name", "mine"], ["{}/photos", "images/", "labelme"]),
    ("data.add", ["{}/photos", "--name", "camvid"], ["camvid", "comes with SegDeck"]),
    ("data.add", ["{}/photos", "--name", "My Data"], ["My Data", "street_2"]),
    ("data.add", ["{}/photos", "--name", "mine", "--format", "pascal"], ["pascal", "labelme"]),
    ("data.add", ["{}/photos", "--name", "mine", "--format", "voc"], ["{}/photos", "SegmentationClass"]),
    ("data.remove", [], ["NAME"]),
    ("data.remove", ["camvid"], ["camvid", "comes with SegDeck"]),
    ("data.remove", ["nobody"], ["nobody"]),
    ("train", [], ["config"]),
    ("train", ["absent.yaml"], ["absent.yaml"]),
    ("train", ["{}/broken.yaml"], ["{}/broken.yaml", "YAML"]),
    ("train", ["{}/other.yaml"], ["train.epoch: unknown key", "train.epochs: missing key"]),
    ("train", ["{}/deep.yaml"], ["data.image_size", "16"]),
    ("train", [CONFIG, "--set", "train.epochs=none"], ["train.epochs", "integer"]),
    ("train", [CONFIG, "--set", "model.architecture=vnet"], ["model.architecture", "unet", "vnet"]),
    ("train", [CONFIG, "--set", "data.dataset=cats"], ["cats", "oxford_iiit_pet"]),
    ("train", [CONFIG, "--data-dir", "{}/empty"], ["python -m data.prepare oxford_iiit_pet --data-dir {}/empty"]),
    ("train", [CONFIG, "--run-dir", "{}/empty"], ["{}/empty", "--resume"]),
    ("train", [CONFIG, "--resume"], ["--run-dir"]),
    ("train", [CONFIG, "--encoder-weights", "{}/absent.h5"], ["{}/absent.h5"]),
    ("train", [CONFIG, "--processes", "2"], ["--processes", "--distribute"]),
    ("train", [CONFIG, "--distribute", "a:1", "--processes", "2", "--process-id", "0"], ["KERAS_BACKEND=jax"]),
    ("train.evaluate", [], ["NAME_OR_RUN"]),
    ("train.evaluate", ["pets_unet", "--ray-workers", "2"], ["--ray"]),
    ("train.evaluate", ["nobody"], ["nobody"]),
    ("train.evaluate", ["{}/empty"], ["{}/empty", "config.yaml"]),
    ("train.evaluate", ["pets_unet", "--data-dir", "{}/empty"], ["python -m data.prepare oxford_iiit_pet"]),
    ("train.evaluate", ["pets_unet", "--output", "{}/absent/scores.json"], ["{}/absent"]),
    ("train.evaluate", ["pets_unet", "--output", "models/zoo/pets_unet/scores.json"], ["models/zoo"]),
    ("train.publish", [], ["RUN"]),
    ("train.publish", ["nobody"], ["nobody"]),
    ("train.publish", ["{}/empty"], ["{}/empty"]),
    ("train.report", [], ["NAME_OR_RUN", "--output"]),
    ("train.report", ["nobody", "--output", "{}/report.html"], ["nobody"]),
    ("train.report", ["pets_unet", "--output", "{}/report.pdf"], ["{}/report.pdf", ".html", ".md"]),
    (
        "train.report",
        ["pets_unet", "camvid_unet", "--output", "{}/report.html"],
        ["python -m train.evaluate camvid_unet", "--dataset oxford_iiit_pet"],
    ),
    ("train.benchmark", ["nobody"], ["nobody"]),
    ("train.benchmark", ["--json", "{}/absent/speed.json"], ["{}/absent"]),
    ("train.ablation", ["nobody"], ["nobody", "pets_unet_wide"]),
    ("train.ablation", ["--plan", "{}/absent.yaml"], ["{}/absent.yaml"]),
    ("train.ablation", ["--results", "{}/file"], ["{}/file", "--results"]),
    ("models.add", [], ["--predictions", "--dataset"]),
    ("models.add", ["{}/absent.onnx"], ["{}/absent.onnx"]),
    ("models.add", ["{}/photos/cat.png"], ["cat.png", ".onnx"]),
    ("models.add", ["{}/file", "--name", "pets_unet"], ["pets_unet", "--name"]),
    ("models.add", ["--predictions", "{}/photos"], ["--dataset"]),
    ("models.remove", ["pets_unet"], ["pets_unet"]),
    ("models.predict", [], ["--model", "--input", "--output"]),
    ("models.predict", ["--model", "nobody", "--input", "{}/photos", "--output", "{}/out"], ["nobody"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/absent", "--output", "{}/out"], ["{}/absent"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/empty", "--output", "{}/out"], ["{}/empty"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/file", "--output", "{}/out"], ["file"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/photos", "--output", "{}/photos"], ["{}/photos"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/photos", "--output", "{}/file"], ["{}/file"]),
    ("models.predict", ["--model", "pets_unet", "--input", "{}/twins", "--output", "{}/out"], ["cat"]),
    (
        "models.predict",
        ["--model", "pets_unet", "--input", "{}/photos", "--output", "{}/out", "--precision", "int4"],
        ["int4", "bfloat16"],
    ),
    ("models.export", ["nobody"], ["nobody"]),
]


@pytest.mark.parametrize(
    ("module", "arguments", "words"), MISTAKES, ids=[f"{module} {' '.join(words)}" for module, words, _ in MISTAKES]
)
def test_a_mistake_is_one_line_and_exit_code_2(inputs, module, arguments, words):
    before = sorted(inputs.rglob("*"))
    result = run(module, *(argument.replace("{}", str(inputs)) for argument in arguments))
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.endswith("\n")
    for word in words:
        assert word.replace("{}", str(inputs)) in result.stderr
    assert sorted(inputs.rglob("*")) == before, "a refused command leaves nothing behind"


@pytest.mark.parametrize("module", COMMANDS)
def test_help(module):
    result = run(module, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"python -m {module}" in result.stdout


def test_the_data_folder_is_taken_from_the_environment(inputs):
    result = run("train", CONFIG, SEGDECK_DATA=str(inputs / "empty"))
    assert result.returncode == 2
    assert f"--data-dir {inputs / 'empty'}" in result.stderr
