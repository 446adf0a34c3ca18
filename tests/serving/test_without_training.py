"""The dashboard and the command lines where only the packages that ``make run`` installs are there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from configs.paths import ROOT
from pages.shared.ui.layout import pages
from tests.data.conftest import make_pets
from tests.facts import mentions
from tests.pages.conftest import runs_folder  # noqa: F401 - a fixture
from tests.pages.training.event_files import event_file

ABSENT = Path(__file__).with_name("absent")


def run(arguments, **environment):
    """Run Python without the packages for training."""
    path = os.pathsep.join([str(ABSENT), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory, runs_folder):  # noqa: F811 - the fixture
    """Return the environment of a computer with two untrained models, pictures of pets, and nothing exported."""
    folder = tmp_path_factory.mktemp("home")
    make_pets(folder / "data" / "oxford_iiit_pet")
    return {
        "SEGDECK_RUNS": str(runs_folder),
        "SEGDECK_DATA": str(folder / "data"),
        "SEGDECK_CACHE": str(folder / "cache"),
    }


@pytest.fixture(scope="module")
def tour(tmp_path_factory, home):
    log = tmp_path_factory.mktemp("logs") / "events.out.tfevents.1"
    log.write_bytes(event_file([("loss", step, 1.0) for step in range(3)]))
    done = run(["tests/serving/tour.py", str(log)], **home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_page_is_drawn(tour):
    assert set(tour["pages"]) == {title for _, title in pages()}
    shown = [(title, one) for title, all_ in tour["pages"].items() for one in all_]
    assert [
        (title, one["exceptions"], one["errors"]) for title, one in shown if one["exceptions"] or one["errors"]
    ] == []


def test_masks_are_predicted_by_networks_exported_without_tensorflow(tour):
    assert [one["masks"] for one in tour["pages"]["Compare"] if one["masks"]] == [["tiny_pets"]]


def test_a_dataset_is_prepared_and_a_model_is_evaluated_on_it(home, tmp_path):
    prepared = run(["-m", "data.prepare", "oxford_iiit_pet"], **home)
    assert prepared.returncode == 0, prepared.stderr
    run_folder = Path(home["SEGDECK_RUNS"]) / "tiny_pets"
    model = shutil.copytree(run_folder, tmp_path / "tiny_pets")
    (model / "train_images.txt").write_text("")
    scored = run(["-m", "train.evaluate", str(model)], **home)
    assert scored.returncode == 0, scored.stderr
    assert (model / "evaluation.json").is_file()


def test_pages_say_what_to_install_for_what_they_lack(tour):
    def says(page, *words):
        return any(mentions(text, *words) for one in tour["pages"][page] for text in one["texts"])

    assert says("Models", "ONNX", "tensorflow", "tf2onnx", "make install")
    assert "models_prepare_onnx" in tour["pages"]["Models"][0]["disabled"]
    assert "models_prepare_openvino" not in tour["pages"]["Models"][0]["disabled"]
    assert says("Models", "tensorboard", "tensorflow", "make install")
    assert "evaluate_start" not in tour["pages"]["Evaluation"][1]["disabled"]
    assert tour["curves"] == 0
    assert [mentions(problem, "tensorboard", "make install") for problem in tour["problems"]] == [True]


@pytest.mark.parametrize(
    ("arguments", "lacking"),
    [
        (["train", "configs/pets_unet.yaml"], "tensorflow"),
        (["train.benchmark", "tiny_pets"], "tensorflow"),
        (["models.export", "--format", "onnx", "tiny_pets"], "tf2onnx"),
        (["models.add", "a.keras", "--name", "a", "--classes", "x,y"], "tensorflow"),
        (["models.predict", "--model", "tiny_pets", "--input", "a.mp4", "--output", "out"], "av"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_line_says_in_one_line_what_to_install(home, tmp_path, arguments, lacking):
    if arguments[0] == "models.add":
        import keras

        image = keras.Input((32, 32, 3))
        keras.Model(image, keras.layers.Conv2D(2, 1)(image)).save(tmp_path / "a.keras")
        arguments = [arguments[0], str(tmp_path / "a.keras"), *arguments[2:]]
    if arguments[0] == "models.predict":
        (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x20ftypisom")
        arguments = [str(tmp_path / one) if one == "a.mp4" else one for one in arguments]
    done = run(["-m", *arguments], **home)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert mentions(done.stderr, lacking, "make install")
