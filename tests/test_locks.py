"""What is installed is what the requirements say, down to the hash of every file."""

import itertools
import re

import pytest

from configs.paths import ROOT
from tests.test_dependencies import INCLUDED, SCALE, normal, requirements

LOCKED = (*INCLUDED, SCALE, "requirements-tools.txt")
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>[^\\\n]+?))? \\\n", re.MULTILINE)


def lock(name: str) -> dict[str, dict[str, str]]:
    """Return the versions in the lock of a requirements file: package to marker to version."""
    found: dict[str, dict[str, str]] = {}
    for entry in ENTRY.finditer((ROOT / name).with_suffix(".lock").read_text(encoding="utf-8")):
        found.setdefault(entry["name"], {})[entry["marker"] or ""] = entry["version"]
    return found


def pins(name: str) -> dict[str, str]:
    """Return the pins of a requirements file and of those it includes, under their normal names."""
    files = INCLUDED[: INCLUDED.index(name) + 1] if name in INCLUDED else (name,)
    if name == SCALE:
        files = (*INCLUDED[:2], SCALE)
    return {normal(package): version for file in files for package, version in requirements(file).items()}


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_has_the_pins_of_its_requirements(name):
    locked = lock(name)
    assert {package: locked.get(package) for package in pins(name)} == {
        package: {"": version} for package, version in pins(name).items()
    }, "run: make lock"


@pytest.mark.parametrize("name", LOCKED)
def test_every_line_of_a_lock_is_a_package_with_hashes(name):
    lines = (ROOT / name).with_suffix(".lock").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    hashes = 0
    for number, line in enumerate(lines):
        if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line):
            hashes += 1
            ends = number + 1 == len(lines) or not lines[number + 1].startswith(" ")
            assert line.endswith(" \\") != ends
        else:
            assert ENTRY.fullmatch(f"{line}\n"), line
            assert lines[number + 1].startswith("    --hash="), line
    assert hashes >= len(lock(name)) > len(pins(name))


def test_the_locks_agree():
    """What was installed to serve the dashboard stays as it is when the rest is installed."""
    serving, running, developing = (lock(name) for name in INCLUDED)
    assert {name: versions for name, versions in serving.items() if running[name] != versions} == {}
    assert {name: versions for name, versions in running.items() if developing[name] != versions} == {}
    at_scale = lock(SCALE)
    assert {name: versions for name, versions in running.items() if at_scale[name] != versions} == {}
    assert at_scale["jax"] == developing["jax"]


@pytest.mark.parametrize("absent", ["av", "nncf", "tensorboard", "tensorflow", "tf2onnx"])
def test_serving_the_dashboard_installs_nothing_to_train_with(absent):
    assert absent in lock("requirements.txt")
    assert absent not in lock("requirements-serve.txt")


def test_each_requirements_file_includes_the_one_before_it():
    for inner, outer in itertools.pairwise(INCLUDED):
        assert f"-r {inner}" in (ROOT / outer).read_text(encoding="utf-8").splitlines()
        assert requirements(inner).keys() & requirements(outer).keys() == set()
    assert f"-r {INCLUDED[1]}" in (ROOT / SCALE).read_text(encoding="utf-8").splitlines()
