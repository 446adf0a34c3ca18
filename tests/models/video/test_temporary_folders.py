"""Folders of clips that a killed server has left are deleted, and no other."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from configs.paths import ROOT
from models.added import temporary_folders as added
from models.video import temporary_folders as clips
from pages.server.visits import clean_up_after_killed

HOLDING = """
import sys, time
from models.{package} import temporary_folders
with temporary_folders.temporary_folder() as folder:
    (folder / "results").mkdir()
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    for name in ("SEGDECK_CACHE", "SEGDECK_RUNS"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path


def held_by_another(package: str) -> tuple[subprocess.Popen[str], Path]:
    """Return a process that holds a folder, and the folder."""
    command = [sys.executable, "-c", HOLDING.format(package=package)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


@pytest.mark.parametrize("package", ["video", "added"])
def test_what_a_killed_process_left_goes_when_a_server_starts(package):
    process, folder = held_by_another(package)
    try:
        clean_up_after_killed()
        assert folder.exists(), "it is held"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert folder.exists()
    clean_up_after_killed()
    assert not folder.exists()


def test_a_server_starts_without_the_folders_or_where_it_may_not_write(homes):
    clean_up_after_killed()
    assert list(homes.iterdir()) == []
    for home, prefix in [(homes / "segdeck_cache", clips.PREFIX), (homes / "segdeck_runs", added.PREFIX)]:
        (home / f"{prefix}left").mkdir(parents=True)
        home.chmod(0o500)
    clean_up_after_killed()
    for home in homes.iterdir():
        home.chmod(0o700)
