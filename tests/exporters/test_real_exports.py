"""Models as other programs export them are added and predict what those programs predict, or are refused by name.

Slow and optional: the programs lie in environments of their own, which SEGDECK_EXPORTERS names (see CONTRIBUTING.md).
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from configs.errors import UserError
from data import samples
from models import add
from models.added.model import AddedModel
from models.inference.loading import load_predictor
from models.runs import registry
from tests.facts import mentions

PYTHONS = os.environ.get("SEGDECK_EXPORTERS", "")
"""The Pythons that have the exporting programs, separated by colons."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHONS, reason="SEGDECK_EXPORTERS names no Python that has the packages of requirements-exporters.txt"
    ),
]

ENOUGH = 0.995
"""Share of the pixels that must agree."""

IMAGENET = ("--range", "0,1", "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")
FOUR = ("--classes", "sky,tree,road,car")
OF_LABELS = ("fitting", "double", "narrow")
"""The pictures for networks that give labels: which neighbour is the nearest is a tie where a label map is halved."""


class Case(NamedTuple):
    """An export: its name in ``export.py``, the module that writes it, the file to add, what has to be said of it."""

    name: str
    module: str
    file: str = "model.onnx"
    options: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ("fitting", "half")


USABLE = (
    Case("unet", "torch", options=(*IMAGENET, *FOUR)),
    Case("unet_in_one_file", "torch", options=(*IMAGENET, *FOUR)),
    Case("unet_of_any_size", "torch", options=(*IMAGENET, *FOUR, "--input-size", "320x480")),
    Case("unet_of_the_old_exporter", "torch", options=(*IMAGENET, *FOUR)),
    Case("deeplab", "torchvision", options=(*IMAGENET, "--classes", "sky,tree,road,car,person,dog")),
    Case("segformer", "transformers"),
    Case("ultralytics_semantic", "ultralytics", "yolo26n-sem.onnx", pictures=OF_LABELS),
    Case("ultralytics_of_one_class", "ultralytics", "yolo26n-sem.onnx", pictures=OF_LABELS),
    Case(
        "ultralytics_in_openvino",
        "ultralytics",
        "yolo26n-sem_openvino_model/yolo26n-sem.xml",
        pictures=OF_LABELS,
    ),
    Case("keras_2", "tf_keras", "model.h5", ("--range", "0,1", *FOUR)),
)

REFUSED = (
    (Case("unet_in_training_mode", "torch", options=(*IMAGENET, *FOUR)), ("training mode", "eval")),
    (Case("checkpoint", "torch", "model.pt"), ("pickle", "torch.onnx.export")),
    (Case("mask2former", "transformers", options=(*IMAGENET, *FOUR)), ("Mask2Former", "mask-query")),
    (Case("ultralytics_detector", "ultralytics", "yolo11n.onnx"), ("boxes", "semantic")),
)


@cache
def python_with(module: str) -> str:
    """Return the first Python of ``SEGDECK_EXPORTERS`` that has a module; skip the test if there is none."""
    program = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    for python in PYTHONS.split(":"):
        if subprocess.run([python, "-c", program], check=False).returncode == 0:
            return python
    pytest.skip(f"no Python in SEGDECK_EXPORTERS has {module}")


@pytest.fixture(scope="session")
def pictures() -> dict[str, NDArray[np.uint8]]:
    """Return a picture of the networks' size, and some that every program resizes to the same.

    Grey values that are multiples of 16 stay whole numbers when a picture is doubled, and those of 4 when it is halved.
    Others are rounded differently: Pillow and OpenCV differ by 1 in a fifth of them, which changes up to a third of the
    labels of a deep random network.
    """
    photograph = samples.get("chelsea").load()
    fitting = np.asarray(cv2.resize(photograph, (480, 320), interpolation=cv2.INTER_LINEAR), np.uint8)
    half = photograph[40:200, 100:340] // 16 * 16
    double = np.asarray(cv2.resize(photograph, (960, 640), interpolation=cv2.INTER_LINEAR), np.uint8) // 4 * 4
    return {"fitting": fitting, "half": half, "double": double, "narrow": double[:, 80:880]}


@pytest.fixture(scope="session")
def exported(pictures, tmp_path_factory):
    """Return a function that has an export written, once, and returns its folder."""
    home = tmp_path_factory.mktemp("exports")
    for name, picture in pictures.items():
        np.save(home / f"{name}.npy", picture)
    # The program's settings must not come from, or go to, the user's folders.
    environment = {**os.environ, "YOLO_CONFIG_DIR": str(home), "HF_HUB_OFFLINE": "1"}

    @cache
    def export(case: Case) -> Path:
        script = Path(__file__).with_name("export.py")
        command = [python_with(case.module), str(script), str(home), case.name]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return home / case.name

    return export


@pytest.fixture
def added(exported, tmp_path, monkeypatch):
    """Return a function that adds an export, or the part of it in ``folder``, at the command line."""
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "models"))

    def add_export(case: Case, *more: str, folder: Path | None = None) -> AddedModel:
        file = (folder or exported(case)) / case.file
        monkeypatch.setattr(sys, "argv", ["models.add", str(file), "--name", case.name, *case.options, *more])
        assert add.main() == 0
        model = registry.find(case.name)
        assert isinstance(model, AddedModel)
        return model

    return add_export


def agreement(model: AddedModel, folder: Path, pictures: dict[str, NDArray[np.uint8]]) -> dict[str, float]:
    """Return, for each picture, to which share of its pixels a model gives the labels in the export's folder."""
    predictor, shares = load_predictor(model), {}
    for name, picture in pictures.items():
        labels = np.load(folder / f"{name}.npy", allow_pickle=False)
        assert np.bincount(labels.ravel()).max() < 0.9 * labels.size, "a map of one class would agree with anything"
        shares[name] = float((predictor.predict(picture).labels == labels).mean())
    return shares


@pytest.mark.parametrize("case", USABLE, ids=lambda case: case.name)
def test_an_export_predicts_what_its_program_does(case, exported, added, pictures, capsys):
    model = added(case)
    same = agreement(model, exported(case), {name: pictures[name] for name in case.pictures})
    with capsys.disabled():
        shares = ", ".join(f"{share:.2%} ({name})" for name, share in same.items())
        print(f"\n{case.name}: {shares} of the pixels as {case.module} gives them, on {model.description.engine}")
    assert [name for name, share in same.items() if share < ENOUGH] == []


@pytest.mark.parametrize("wrong", [("--colour", "BGR"), ("--range", "0,255")], ids=" ".join)
def test_a_wrong_answer_would_show(wrong, exported, added, pictures):
    same = agreement(added(USABLE[0], *wrong), exported(USABLE[0]), {"half": pictures["half"]})
    assert same["half"] < ENOUGH - 0.05


@pytest.mark.parametrize(("case", "facts"), REFUSED, ids=lambda value: value.name if isinstance(value, Case) else "")
def test_an_export_that_cannot_be_used_is_refused_by_name(case, facts, added):
    with pytest.raises(UserError) as error:
        added(case)
    assert mentions(str(error.value), *facts)


@pytest.mark.parametrize(
    ("case", "facts"),
    [(REFUSED[2][0], ("Mask2Former", "mask-query")), (USABLE[0], ("model.onnx.data",))],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)
def test_an_export_is_refused_by_name_without_the_files_beside_it(case, facts, exported, added, tmp_path):
    shutil.copy(exported(case) / case.file, tmp_path)
    with pytest.raises(UserError) as error:
        added(case, folder=tmp_path)
    assert mentions(str(error.value), *facts)
