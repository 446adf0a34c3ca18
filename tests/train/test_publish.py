"""The command line that publishes a run."""

import sys

import pytest

from configs import paths
from train import publish as publish_command


@pytest.mark.slow
def test_command(finished, cache, tmp_path, monkeypatch, capsys):
    zoo = tmp_path / "zoo"
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: zoo)
    monkeypatch.setattr(sys, "argv", ["publish", str(finished.path)])
    assert publish_command.main() == 0
    assert capsys.readouterr().out == f"published in {zoo / 'first'}\n"
