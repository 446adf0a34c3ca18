"""Zips with a model of several files, and what a zip may not hold."""

import stat
import zipfile

import pytest

from configs.errors import UserError
from models.added import archives
from models.added.archives import unpack


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    """Write a zip; ``members`` are contents by name, or by ``ZipInfo``."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "model"),
    [
        (["u.onnx", "u.onnx.data"], "u.onnx"),
        (["deep/er/u.onnx", "deep/er/u.onnx.data", "__MACOSX/deep/._u.onnx", ".DS_Store"], "deep/er/u.onnx"),
        (["a.xml", "a.bin", "metadata.yaml"], "a.xml"),
        (["m/saved_model.pb", "m/variables/variables.index", "m/keras_metadata.pb"], "m"),
        (["saved_model.pb", "variables/variables.index"], ""),
        (["m.tflite", "labels.txt"], "m.tflite"),
    ],
)
def test_the_model_in_a_zip_is_found(tmp_path, members, model):
    found = unpack(zipped(tmp_path / "a.zip", dict.fromkeys(members, b"x")), tmp_path / "out")
    assert found == tmp_path / "out" / model
    unpacked = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*")}
    assert not any("__MACOSX" in name or ".DS_Store" in name for name in unpacked)


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"../u.onnx": b"x"}, r"\.\./u\.onnx"),
        ({"a/../../u.onnx": b"x"}, "outside"),
        ({"/etc/u.onnx": b"x"}, "/etc/u.onnx"),
        ({"..\\u.onnx": b"x"}, "outside"),
        ({"C:/u.onnx": b"x"}, "C:/u.onnx"),
        ({link("u.onnx.data"): b"/etc/passwd", "u.onnx": b"x"}, r"u\.onnx\.data"),
        ({"u.onnx": bytes(2 * 2**20)}, r"u\.onnx"),
        ({}, "no model"),
        ({"readme.md": b"x"}, r"readme\.md"),
        ({"best.pt": b"x"}, r"torch\.onnx\.export"),
        ({"a.onnx": b"x", "b.onnx": b"x"}, r"2 models, a\.onnx, b\.onnx"),
    ],
)
def test_what_a_zip_may_not_hold_is_named_and_nothing_stays(tmp_path, members, word):
    with pytest.raises(UserError, match=word):
        unpack(zipped(tmp_path / "a.zip", members), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(UserError, match="4 files"):
        unpack(zipped(tmp_path / "a.zip", {f"{index}.onnx": b"x" for index in range(4)}), tmp_path / "out")


def test_too_many_bytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LIMIT", 3)
    with pytest.raises(UserError, match="GiB"):
        unpack(zipped(tmp_path / "a.zip", {"a.onnx": b"four"}), tmp_path / "out")


def test_a_member_that_is_longer_than_it_says_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.onnx": b"0123456789"}, zipfile.ZIP_STORED)
    content = path.read_bytes()
    path.write_bytes(content.replace((10).to_bytes(4, "little") * 2, (10).to_bytes(4, "little") + b"\x01\0\0\0"))
    assert path.read_bytes() != content
    with pytest.raises(UserError, match=r"a\.zip"):
        unpack(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.zip"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
