import subprocess
import sys
from pathlib import Path

import pytest

from configs.paths import ROOT
from data import datasets, prepare, store
from tests.facts import mentions


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "data.prepare", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_existing_folder_is_built_and_summarised(tiny_data: Path, own_cache: Path) -> None:
    done = run("camvid", "--data-dir", str(tiny_data))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "CamVid: 3 train, 2 val, 1 test"
    assert lines[1].split() == ["share", "of", "pixels", "train", "val", "test"]
    assert [line.split()[0] for line in lines[2:]] == list(datasets.get("camvid").label_space.names)


def test_shares_add_up(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("grocery", "val", tiny_data)
    names = samples.label_space.names
    rows = prepare.summary("Groceries", {"val": samples}).splitlines()[2:]
    shares = {name: float(row.removeprefix(name).strip().rstrip("%")) for name, row in zip(names, rows, strict=True)}
    assert sum(shares.values()) == pytest.approx(100, abs=0.03)
    assert {name for name, share in shares.items() if share} == {names[0], names[1], names[24]}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["DATASET"]),
        (["cityscapes"], ["cityscapes", *datasets.names()]),
    ],
)
def test_a_user_error_is_one_line_and_exit_code_2(arguments: list[str], expected: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert mentions(done.stderr, *expected)


def test_an_invalid_file_is_one_line_and_exit_code_2(tiny_data: Path, own_cache: Path) -> None:
    (tiny_data / "CamVid" / "trainannot" / "b_2.png").write_text("no picture")
    done = run("camvid", "--data-dir", str(tiny_data))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "trainannot/b_2.png: " in done.stderr
