"""Uploaded files in a temporary folder: their names, what is refused, and when they are deleted."""

import gc
import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from configs import paths
from configs.errors import UserError
from models.added.adding import Staged
from models.added.temporary_folders import LOCK, PREFIX
from pages.models.add_model import candidate
from pages.models.add_model.candidate import Addition, Candidate, main_file, safe_name
from tests.models.added.onnx_files import saved, segmenter


@dataclass
class File:
    name: str
    content: bytes = b"x"

    @property
    def size(self) -> int:
        return len(self.content)

    def getbuffer(self) -> memoryview:
        return io.BytesIO(self.content).getbuffer()


def uploaded(folder: Path) -> list[File]:
    return [File(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def temporary() -> list[str]:
    return sorted(path.name for path in paths.runs_dir().glob(f"{PREFIX}*") if path.is_dir())


@pytest.fixture
def home(no_models):
    return no_models


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unet.onnx", "unet.onnx"),
        ("unet v2 (Kopie).onnx.data", "unet v2 (Kopie).onnx.data"),
        ("größe.onnx", "größe.onnx"),
        ("/etc/passwd.onnx", "passwd.onnx"),
        ("..\\..\\unet.onnx", "unet.onnx"),
        ("folder/../unet.onnx", "unet.onnx"),
    ],
)
def test_only_the_last_part_of_a_name_is_kept(name, expected):
    assert safe_name(name) == expected


@pytest.mark.parametrize(
    "name", ["", "..", "a/..", ".hidden.onnx", "folder/", "a\0.onnx", "a\n.onnx", "\udc80.onnx", "é" * 101]
)
def test_what_is_no_name_for_a_file_is_refused(name, home):
    with pytest.raises(UserError):
        safe_name(name)
    addition = Addition()
    addition.begin([File(name)])
    assert repr(name[:80]) in addition.problem
    assert temporary() == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["u.onnx.data", "u.onnx"], "u.onnx"),
        (["u.bin", "u.XML", "metadata.yaml"], "u.XML"),
        (["preprocessor_config.json", "config.json", "model.onnx"], "model.onnx"),
        (["best.pt"], "best.pt"),
        (["model.h5"], "model.h5"),
    ],
)
def test_the_model_among_its_files_is_found(names, expected):
    assert main_file(names) == expected


@pytest.mark.parametrize(
    ("names", "parts"), [(["a.onnx", "b.tflite"], ["a.onnx", "b.tflite", "2"]), (["a.onnx", "a.onnx"], ["a.onnx"])]
)
def test_files_of_two_models_are_refused(names, parts, home):
    addition = Addition()
    addition.begin([File(name) for name in names])
    assert all(part in addition.problem for part in parts)
    assert addition.candidate is None
    assert temporary() == []


def test_files_that_are_too_large_together_are_refused_before_they_are_written(home, monkeypatch):
    monkeypatch.setattr(candidate, "LIMIT", 10)
    addition = Addition()
    addition.begin([File("u.onnx", b"x" * 6), File("u.onnx.data", b"x" * 5)])
    assert "u.onnx" in addition.problem
    assert temporary() == []


def test_a_model_is_looked_at_once_with_all_its_files(home, tmp_path):
    source = tmp_path / "given"
    source.mkdir()
    saved(source, segmenter(), "u.onnx", save_as_external_data=True, location="u.onnx.data", size_threshold=0)
    one = Candidate.uploaded(uploaded(source))
    staged = one.look()
    assert isinstance(staged, Staged)
    assert staged.original == "u.onnx"
    assert set(staged.facts.files) == {path.name for path in staged.folder.iterdir()} == {"u.onnx", "u.onnx.data"}
    assert [path.name for path in one.folder.iterdir()] == ["model"]
    assert one.look() is staged


def test_a_model_on_the_server_is_copied(home, tmp_path):
    path = saved(tmp_path, segmenter(), "u.onnx")
    addition = Addition()
    addition.begin(path=f" {path} ")
    assert addition.candidate is not None
    assert isinstance(addition.candidate.look(), Staged)
    addition.drop()
    assert path.is_file()
    assert temporary() == []


def test_a_path_that_leads_nowhere_is_named(home, tmp_path):
    addition = Addition()
    addition.begin(path=str(tmp_path / "gone.onnx"))
    assert str(tmp_path / "gone.onnx") in addition.problem
    assert temporary() == []


def test_a_missing_companion_is_the_reason(home, tmp_path):
    path = saved(tmp_path, segmenter(), "u.onnx", save_as_external_data=True, location="w.data", size_threshold=0)
    outcome = Candidate.uploaded([File("u.onnx", path.read_bytes())]).look()
    assert isinstance(outcome, UserError)
    assert "w.data" in str(outcome)


def test_a_file_of_pytorch_is_refused_with_the_way_out(home):
    outcome = Candidate.uploaded([File("best.pt", b"\x80\x02abc")]).look()
    assert isinstance(outcome, UserError)
    assert "torch.onnx.export" in str(outcome)


def test_the_files_go_with_the_visitor(home):
    addition = Addition()
    addition.begin([File("u.onnx")])
    assert len(temporary()) == 1
    addition.begin([File("v.onnx")])
    assert len(temporary()) == 1
    del addition
    gc.collect()
    assert temporary() == []


def test_what_a_killed_server_left_is_deleted_and_nothing_else(home):
    kept = Candidate.uploaded([File("u.onnx")])
    os.utime(kept.folder, (0, 0))  # however long the visitor thinks about it
    for folder in (".adding-left", "a_run"):
        (home / folder).mkdir()
    other = Candidate.uploaded([File("v.onnx")])
    assert {path.name for path in home.iterdir()} == {"a_run", LOCK, kept.folder.name, other.folder.name}
    other.close()
    assert temporary() == [kept.folder.name]
