"""What a fresh clone sees of this environment."""

import os
import subprocess

from configs.paths import ROOT
from tools import fresh_clone


def test_a_clone_sees_no_home_no_caches_and_none_of_our_python(tmp_path, monkeypatch):
    own = str(ROOT / ".venv" / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join([own, "/usr/bin"]))
    for name in ("SEGDECK_CACHE", "PIP_CACHE_DIR", "VIRTUAL_ENV", "PYTHONPATH"):
        monkeypatch.setenv(name, "/ours")
    monkeypatch.setenv("PIP_CERT", "/etc/cert")
    found = fresh_clone.environment(tmp_path)
    assert found["HOME"] == str(tmp_path)
    assert found["PATH"] == "/usr/bin"
    assert found["PIP_CERT"] == "/etc/cert"
    assert "/ours" not in found.values()


def test_the_clone_is_that_of_the_last_commit(tmp_path):
    fresh_clone.clone(tmp_path / "segdeck")
    commits = [
        subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True).stdout  # noqa: S607
        for folder in (ROOT, tmp_path / "segdeck")
    ]
    assert commits[0] == commits[1]
    assert not (tmp_path / "segdeck" / ".venv").exists()
