"""A full disk, recognised whatever a library makes of it."""

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from configs import command_line, disk
from tests.facts import mentions


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/runs/mine/file")


def wrapped() -> None:
    try:
        full()
    except OSError as error:
        raise RuntimeError("a library failed") from error


def quoted() -> None:
    raise RuntimeError("write failed: errno = 28, error message = 'No space left on device'")


@pytest.mark.parametrize("fail", [full, wrapped, quoted])
def test_a_full_disk_is_one_line_and_exit_code_2(fail: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        fail()
        return 0

    with pytest.raises(SystemExit) as exit_info:
        command_line.run(main)
    err = capsys.readouterr().err
    assert exit_info.value.code == 2
    assert err.count("\n") == 1
    assert mentions(err, "disk is full")
    assert mentions(err, "/runs/mine/file") == (fail is full)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), ValueError("file"), RuntimeError()])
def test_other_errors_are_none_of_its_business(error: Exception) -> None:
    assert disk.reason(error) is None


def test_space_is_checked_before_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    disk.check_space(file, 100_000)
    assert file.stat().st_size == 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            disk.check_space(file, 20_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert mentions(disk.reason(caught.value) or "", "larger")


def test_space_is_checked_where_files_cannot_be_given_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate")  # as on macOS
    disk.check_space(tmp_path / "file", 1000)
    assert (tmp_path / "file").read_bytes() == b""
    with pytest.raises(OSError, match="No space left") as error:
        disk.check_space(tmp_path / "file", 1 << 60)
    assert disk.reason(error.value) == disk.FULL[errno.ENOSPC]
