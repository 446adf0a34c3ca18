"""Files are written atomically."""

import hashlib
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from configs import files


def test_text_and_bytes_are_written_as_given(tmp_path):
    files.write_text(tmp_path / "new" / "folder" / "a.txt", "größer\n")
    files.write_bytes(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "new" / "folder" / "a.txt").read_bytes() == "größer\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    files.write_text(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_other_users_may_read_the_file(tmp_path):
    files.write_text(tmp_path / "a.txt", "x")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_an_error_keeps_the_old_file_and_removes_the_temporary_one(tmp_path):
    path = tmp_path / "a.weights.h5"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError, match="half way"), files.replacing(path) as temporary:
        assert temporary.name.endswith(".weights.h5")
        temporary.write_text("half")
        raise RuntimeError("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    program = (
        "import pathlib, signal, sys\n"
        "from configs.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    print('writing', flush=True)\n"
        "    signal.pause()\n"
    )
    root = Path(files.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        child.kill()
    assert path.read_text() == "old"


def test_a_reader_never_sees_a_partial_file(tmp_path):
    path = tmp_path / "a.txt"
    texts = {letter * 200_000 for letter in "ab"}
    files.write_text(path, "a" * 200_000)
    program = (
        "import pathlib, sys\n"
        "from configs.files import write_text\n"
        "for turn in range(200):\n"
        "    write_text(pathlib.Path(sys.argv[1]), 'ab'[turn % 2] * 200_000)\n"
    )
    root = Path(files.__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=root) as child:
        seen = set()
        while child.poll() is None:
            seen.add(path.read_text())
            time.sleep(0.001)
    assert child.returncode == 0
    assert seen <= texts


@pytest.mark.parametrize("content", [b"", b"abc", b"\x00" * 3_000_000])
def test_sha256(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert files.sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()
