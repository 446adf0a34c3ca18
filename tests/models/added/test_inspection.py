"""The child process: its answer, its limits, and what becomes of a file that takes it down."""

import os
import subprocess
import sys
import threading
import time

import pytest

from configs.errors import UserError
from models.added import inspection
from models.added.facts import ModelFacts
from models.added.inspecting import inspect_here
from models.added.refusals import LIMIT
from tests.models.added.onnx_files import saved, segmenter


def test_the_child_finds_the_same_facts(tmp_path):
    path = saved(tmp_path, segmenter())
    facts = inspection.inspect(path)
    here = inspect_here(path)
    assert facts.model_copy(update={"seconds": 0.0}) == here.model_copy(update={"seconds": 0.0})
    assert ModelFacts.model_validate_json(facts.model_dump_json()) == facts


def test_an_error_in_the_child_is_the_same_sentence(tmp_path):
    path = saved(tmp_path, segmenter("RandomUniformLike"))
    with pytest.raises(UserError, match="RandomUniformLike"):
        inspection.inspect(path)


def child_that(monkeypatch, program: str) -> None:
    """Let the child process run ``program`` instead of looking at its file."""
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **options: start([sys.executable, "-c", program], **options))


@pytest.mark.parametrize(("name", "word"), [("SIGSEGV", "SIGSEGV"), ("SIGABRT", "SIGABRT"), ("SIGKILL", "memory")])
def test_a_crash_of_the_engine_is_a_sentence(tmp_path, monkeypatch, name, word):
    child_that(monkeypatch, f"import os, signal; os.kill(os.getpid(), signal.{name})")
    with pytest.raises(UserError, match=rf"model\.onnx.*{word}"):
        inspection.inspect(saved(tmp_path, segmenter()))


def test_a_child_that_fails_otherwise_is_a_sentence_with_its_code(tmp_path, monkeypatch):
    child_that(monkeypatch, "raise SystemExit(7)")
    with pytest.raises(UserError, match=r"model\.onnx.*7"):
        inspection.inspect(saved(tmp_path, segmenter()))


def test_a_child_that_hangs_is_given_up(tmp_path, monkeypatch):
    child_that(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(UserError, match=r"model\.onnx.* 1 s"):
        inspection.inspect(saved(tmp_path, segmenter()), timeout=1)


def test_a_child_is_ended_when_it_is_stopped(tmp_path, monkeypatch):
    pid = tmp_path / "pid"
    child_that(monkeypatch, f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    stop = threading.Event()

    def stop_once_it_runs():
        while not pid.is_file() or not pid.read_text():
            time.sleep(0.01)
        stop.set()

    thread = threading.Thread(target=stop_once_it_runs)
    thread.start()
    with pytest.raises(UserError, match="stopped"):
        inspection.inspect(saved(tmp_path, segmenter()), stop=stop)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_child_that_takes_too_much_memory_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "MEMORY", 200 * 2**20)
    child_that(monkeypatch, "import sys, time; time.sleep(0.5); bytearray(2**30)")
    with pytest.raises(UserError, match=r"model\.onnx.*exit code 1"):
        inspection.inspect(saved(tmp_path, segmenter()))


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.pt", b"PK\x03\x04", r"torch\.onnx\.export"),
        ("a.pth", b"x", r"torch\.onnx\.export"),
        ("a.ckpt", b"x", r"torch\.onnx\.export"),
        ("a.safetensors", b"x", r"torch\.onnx\.export"),
        ("a.pkl", b"x", r"torch\.onnx\.export"),
        ("disguised.onnx", b"\x80\x04K\x01.", "pickle"),
        ("a.pb", b"x", r"tf2onnx\.convert"),
        ("a.mlmodel", b"x", r"torch\.onnx\.export"),
        ("a.engine", b"x", "ONNX"),
        ("a.txt", b"x", r"\.onnx"),
        ("a.onnx", b"", "empty"),
    ],
)
def test_what_is_not_read_is_refused_with_the_way_out(tmp_path, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=word):
        inspection.inspect(path)


def test_a_file_above_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(UserError, match="2 GiB"):
        inspection.inspect(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.onnx"):
        inspection.inspect(tmp_path / "nothing.onnx")


def test_an_error_that_nobody_foresaw_is_a_sentence(tmp_path, monkeypatch):
    child_that(
        monkeypatch,
        "import sys; sys.argv = ['', '[\"inspect\", \"a.onnx\", null, null]']\n"
        "from models.added import child, inspecting\n"
        "def fail(*_): raise ZeroDivisionError\n"
        "inspecting.inspect_here = fail; child.main()",
    )
    with pytest.raises(UserError, match=r"a\.onnx.*ZeroDivisionError"):
        inspection.inspect(saved(tmp_path, segmenter()))
