"""The README says what is true."""

import re
import subprocess
import sys

import pytest

from configs.paths import ROOT
from tools import model_table

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = README.partition("## Command lines")[2].partition("## Training")[0]
USAGE: dict[str, str] = {}  # what follows each command, over all of its forms and their further lines
for module, arguments in re.findall(r"^python -m ([\w.]+) (.+(?:\n {4}\[.+)*)$", COMMANDS, re.MULTILINE):
    USAGE[module] = f"{USAGE.get(module, '')} {arguments}"


def test_the_table_of_models_has_the_figures_of_the_evaluations():
    assert model_table.replace_table(README) == README, "run: python -m tools.model_table"


@pytest.mark.parametrize("module", USAGE)
def test_the_command_lines_take_what_the_readme_says(module):
    helped = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"--[\w-]+", USAGE[module])) == set(re.findall(r"--[\w-]+", helped.stdout)) - {"--help"}


def test_every_command_line_is_there():
    programs = [path for folder in ("data", "models", "train") for path in (ROOT / folder).glob("*.py")]
    commands = {
        f"{path.parent.name}.{path.stem}" if path.stem != "__main__" else path.parent.name
        for path in programs
        if "ArgumentParser(" in path.read_text(encoding="utf-8")
    }
    assert commands <= USAGE.keys()


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
