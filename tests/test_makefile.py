"""What the Makefile does with the environment it is started in."""

import os
import re
import subprocess

from configs.paths import ROOT


def commands(*arguments: str, **environment: str) -> str:
    """Return what ``make`` would run, whatever another ``make`` that runs the tests was told."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    order = ["make", "-n", *arguments]
    return subprocess.run(
        order, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_name_of_the_computer_in_the_environment_opens_the_dashboard_to_nobody():
    assert "--server.address" not in commands("run", HOST="elsewhere", HOSTS="elsewhere")
    assert "--server.address elsewhere" in commands("run", "HOST=elsewhere")


def test_programs_are_run_as_modules():
    """The first line of a script names the folder in which the environment was made; it may have been moved."""
    scripts = re.findall(r"\$\(BIN\)/(\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert set(scripts) <= {"python", "codespell"}
