"""Default locations: from the environment, else in the project, regardless of the working directory."""

from pathlib import Path

import pytest

from configs import paths

PLACES = [
    ("SEGDECK_DATA", paths.data_dir, "datasets"),
    ("SEGDECK_CACHE", paths.cache_dir, ".cache"),
    ("SEGDECK_RUNS", paths.runs_dir, "runs"),
]


@pytest.mark.parametrize(("variable", "place", "name"), PLACES, ids=[variable for variable, *_ in PLACES])
def test_default_locations_and_environment_variables(monkeypatch, tmp_path, variable, place, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "/some/place")
    assert place() == Path("/some/place")
    for unset in (lambda: monkeypatch.setenv(variable, ""), lambda: monkeypatch.delenv(variable)):
        unset()
        assert place() == paths.ROOT / name


def test_the_root_holds_the_published_runs():
    assert (paths.ROOT / "streamlit_app.py").is_file()
    assert paths.zoo_dir() == paths.ROOT / "models" / "zoo"
