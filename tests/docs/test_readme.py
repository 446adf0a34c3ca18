"""The README says what is true."""

import re
import subprocess
import sys

import pytest

from configs.paths import ROOT
from tools import model_table

README = (ROOT / "README.md").read_text(encoding="utf-8")
USAGE = re.findall(r"^python -m ([\w.]+) (.+)$", README, re.MULTILINE)


def test_the_table_of_models_has_the_figures_of_the_evaluations():
    assert model_table.replace_table(README) == README, "run: python -m tools.model_table"


@pytest.mark.parametrize(("module", "arguments"), [line for line in USAGE if "[" in line[1] or "--model" in line[1]])
def test_the_command_lines_take_what_the_readme_says(module, arguments):
    helped = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"--[\w-]+", arguments)) == set(re.findall(r"--[\w-]+", helped.stdout)) - {"--help"}


def test_all_six_command_lines_are_there():
    modules = {"data.prepare", "train", "train.evaluate", "train.publish", "train.benchmark", "models.predict"}
    assert modules <= {module for module, _ in USAGE}


def test_every_make_target_it_names_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    guides = [ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    pages = README + "".join(path.read_text(encoding="utf-8") for path in guides)
    assert (
        set(re.findall(r"\bmake (\w+)\b(?=[`\n ])", " ".join(re.findall(r"`make[^`]*`|^make.*", pages, re.MULTILINE))))
        <= targets
    )
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make (\w+)", helped, re.MULTILINE)) == targets - {"help"}
