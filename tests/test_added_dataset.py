"""A dataset from a folder to scores and back, by the command lines alone."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from configs.paths import ROOT
from tests.data.formats import making
from tests.test_command_lines import run


@pytest.mark.slow
def test_an_added_dataset_trains_and_is_evaluated(tmp_path):
    making.make_coco(tmp_path / "source")
    places = {
        variable: str(tmp_path / variable.lower()) for variable in ("SEGDECK_DATA", "SEGDECK_RUNS", "SEGDECK_CACHE")
    }
    added = run("data.add", str(tmp_path / "source"), "--name", "mine", **places)
    assert (added.returncode, added.stderr) == (0, "")
    (command,) = re.findall(r"^train on it: python -m train (.+)$", added.stdout, re.MULTILINE)
    smaller = ["--set", "data.image_size=[32, 32]", "--set", "model.filters=[4, 8]"]
    folder = tmp_path / "segdeck_runs" / "first"
    trained = run("train", *shlex.split(command), "--quick", *smaller, "--run-dir", str(folder), **places)
    assert trained.returncode == 0, trained.stderr
    evaluated = run("train.evaluate", str(folder), **places)
    assert evaluated.returncode == 0, evaluated.stderr
    scores = json.loads((folder / "evaluation.json").read_text())["val"]
    assert scores["detection"] is not None, "COCO knows objects"
    removed = run("data.remove", "mine", **places)
    assert removed.returncode == 0
    assert not (tmp_path / "segdeck_data" / "mine").exists()


def test_a_refused_folder_is_reported_and_leaves_nothing_behind(tmp_path):
    making.make_folder(tmp_path / "source")
    (tmp_path / "source" / "classes.txt").unlink()
    (tmp_path / "data").mkdir()
    result = run("data.add", str(tmp_path / "source"), "--name", "mine", SEGDECK_DATA=str(tmp_path / "data"))
    assert result.returncode == 2
    assert "2 train, 1 val" in result.stdout, "what was found is said all the same"
    assert result.stderr.count("\n") == 1
    assert "0, 1, 2" in result.stderr
    assert list((tmp_path / "data").iterdir()) == []


PROGRAM = """
import sys
from pathlib import Path
from data import datasets
from data.added import adding, looking

adding.save(looking.look(Path(sys.argv[1]), "mine"))
print(datasets.get("mine").label_space.names)
print([name for name in ("tensorflow", "keras", "streamlit", "tensorflow_datasets") if name in sys.modules])
"""


def test_adding_loads_neither_tensorflow_nor_streamlit(tmp_path):
    making.make_folder(tmp_path / "source")
    environment = {"SEGDECK_DATA": str(tmp_path / "data"), "PATH": "/usr/bin"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "source")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["('background', 'cat', 'dog')", "[]"]
