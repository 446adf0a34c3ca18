"""The commands that the pages name can be typed as shown."""

import shlex
from pathlib import Path

import pytest

from configs import paths
from data import datasets
from models.runs.run import Run
from pages.shared.ui import cli_commands

PETS = datasets.get("oxford_iiit_pet")
PUBLISHED = Run(paths.zoo_dir() / "pets_unet", published=True)
MINE = Run(Path("/my runs/pets"), published=False)


@pytest.mark.parametrize(
    ("variable", "option"),
    [("", []), ("datasets", []), ("/my data", ["--data-dir", "/my data"])],
)
def test_commands_that_read_a_dataset_use_the_pages_folder(variable, option, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", variable)
    train = ["python", "-m", "train", "/my runs/pets/config.yaml", *option]
    assert shlex.split(cli_commands.prepare(PETS)) == ["python", "-m", "data.prepare", "oxford_iiit_pet", *option]
    assert shlex.split(cli_commands.train(MINE)) == train
    assert shlex.split(cli_commands.resume(MINE)) == [*train, "--resume", "--run-dir", "/my runs/pets"]
    evaluate = ["python", "-m", "train.evaluate"]
    assert shlex.split(cli_commands.evaluate(MINE)) == [*evaluate, "/my runs/pets", *option]
    assert shlex.split(cli_commands.evaluate(PUBLISHED, "test")) == [*evaluate, "pets_unet", *option, "--split", "test"]


def test_paths_in_the_project_are_relative_to_it(monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", "")
    monkeypatch.setenv("SEGDECK_RUNS", "")
    assert cli_commands.train(PUBLISHED).split() == ["python", "-m", "train", "models/zoo/pets_unet/config.yaml"]
    first, second = (line.split() for line in cli_commands.first_model().splitlines())
    assert first == ["python", "-m", "data.prepare", "oxford_iiit_pet"]
    assert second == ["python", "-m", "train", "configs/pets_unet.yaml", "--run-dir", "runs/pets_unet"]


def test_commands_take_a_published_model_by_name_and_a_local_one_by_folder():
    assert shlex.split(cli_commands.predict(PUBLISHED))[4] == "pets_unet"
    assert shlex.split(cli_commands.predict(MINE))[4] == "/my runs/pets"
    assert shlex.split(cli_commands.publish(MINE))[3:] == ["/my runs/pets"]
