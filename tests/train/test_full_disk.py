"""Trainings on a disk that becomes full: a real one, of a size that fits."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configs.schema import Experiment
from tests.facts import mentions
from tests.train.outcomes import SHORT
from train import previews
from train.run_folder import RunFolder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can't be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, but: int = 0) -> None:
    """Leave no more than so many bytes."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - but))


def test_the_status_is_written_over_the_old_one(disk: Path, tiny: Callable[..., Experiment]) -> None:
    folder = RunFolder.create(disk / "run", tiny())
    folder.write_status("running", "epoch 1 of 2 is running")
    fill(disk)
    folder.write_last_status("failed", "no space")
    status = json.loads((disk / "run" / "status.json").read_text())
    assert (status["state"], status["message"]) == ("failed", "no space")


@pytest.mark.parametrize("left", [0, 8192, 40960])
def test_a_run_whose_disk_becomes_full_says_so_and_has_failed(
    call: Callable[..., int],
    tiny: Callable[..., Experiment],
    disk: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    left: int,
) -> None:
    write = previews.write

    def write_on_what_is_left(folder: Path, epoch: int, *others: object) -> None:
        if epoch == 2:
            fill(disk, left)
        write(folder, epoch, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(previews, "write", write_on_what_is_left)
    assert call(tiny(*SHORT), disk / "run") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert mentions(err, str(disk / "run"), "disk is full", "--resume")
    status = json.loads((disk / "run" / "status.json").read_text())
    assert (status["state"], status["epoch"]) == ("failed", 1)
    assert mentions(status["message"], "disk is full")
    monkeypatch.undo()


def test_a_new_run_on_a_full_disk_leaves_nothing(
    call: Callable[..., int], tiny: Callable[..., Experiment], disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(disk, 60_000)
    assert call(tiny(*SHORT), disk / "run") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert mentions(err, str(disk / "run"), "disk is full")
    assert not (disk / "run").exists()
