"""What a fresh clone sees of this environment."""

import os

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
