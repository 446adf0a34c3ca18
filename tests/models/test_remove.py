"""The command line that removes an added model."""

import sys

import pytest

from configs import command_line
from models import remove
from tests.facts import mentions
from tests.models.added.described import added


@pytest.mark.parametrize(("name", "code"), [("mine", 0), ("nothing", 2), ("../outside", 2), ("run", 2)])
def test_an_added_model_is_removed_and_nothing_else(tmp_path, monkeypatch, capsys, name, code):
    folder = tmp_path / "models"
    monkeypatch.setenv("SEGDECK_RUNS", str(folder))
    added(folder / "mine")
    added(tmp_path / "outside")
    (folder / "run").mkdir()
    (folder / "run" / "config.yaml").write_text("")
    monkeypatch.setattr(sys, "argv", ["remove", name])
    with pytest.raises(SystemExit) as stop:
        command_line.run(remove.main)
    out, err = capsys.readouterr()
    assert stop.value.code == code
    assert (folder / "mine").exists() == (name != "mine")
    assert (folder / "run" / "config.yaml").exists()
    assert (tmp_path / "outside").exists()
    assert mentions(err if code else out, name)
    assert (err if code else out).count("\n") == 1
