"""Exported networks that are damaged in the cache: each is exported again, once, by itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from configs.errors import UserError
from configs.paths import ROOT
from models.inference import export, graph_files
from models.inference.graph_summary import layers
from models.inference.predictor import RunPredictor
from tests.damage import DAMAGES, damaged, own_cache

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.fixture
def exports(tiny, tmp_path, monkeypatch) -> list[str]:
    """Use a cache that has the tiny model; return the exports that follow, which only copy it, as exporting takes 10 s.

    They stand as the names of the runs.
    """
    good = export.exported(tiny)
    own_cache(good, tmp_path / "cache")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    made: list[str] = []

    def copy(name: str, run: Path, out: Path, *_: object) -> None:
        made.append(name)
        shutil.copytree(good, out)

    monkeypatch.setattr(export, "_run_child", copy)
    return made


def test_damaged_graphs_are_really_exported_again(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    folder = export.exported(tiny)
    good = {file: (folder / file).read_bytes() for file in ("float32.bin", "bfloat16.bin")}
    damaged(folder, "float32.bin, cut off")
    assert export.exported(tiny) == folder
    assert {file: (folder / file).read_bytes() for file in good} == good
    assert not [path for path in (tmp_path / "compiled").iterdir() if path.name.startswith(".")], "nothing is left"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_graph_is_exported_again_once(tiny, exports, damage):
    folder = export.exported(tiny)
    before = RunPredictor.load(tiny, "float32").predict(PICTURE).labels
    assert not exports
    damaged(folder, damage)
    assert not export.is_exported(tiny, "openvino")
    np.testing.assert_array_equal(RunPredictor.load(tiny, "float32").predict(PICTURE).labels, before)
    assert layers(tiny)
    assert len(exports) == 1
    assert export.is_exported(tiny, "openvino")


@pytest.mark.parametrize("use", [lambda run: RunPredictor.load(run, "float32"), layers], ids=["predictor", "layers"])
def test_a_graph_that_is_damaged_while_it_is_loaded(tiny, exports, monkeypatch, use):
    export_now = export.export

    def export_and_damage(*arguments) -> Path:
        folder = export_now(*arguments)
        if not exports:
            damaged(folder, "float32.bin, cut off")
        return folder

    monkeypatch.setattr(export, "export", export_and_damage)
    use(tiny)
    assert len(exports) == 1


@pytest.mark.parametrize("use", [lambda run: RunPredictor.load(run, "float32"), layers], ids=["predictor", "layers"])
def test_a_second_failure_is_one_sentence(tiny, exports, monkeypatch, use):
    export_now = export.export

    def export_and_damage(*arguments) -> Path:
        folder = export_now(*arguments)
        damaged(folder, "float32.xml, garbage")
        return folder

    monkeypatch.setattr(export, "export", export_and_damage)
    with pytest.raises(UserError) as error:
        use(tiny)
    assert str(export_now(tiny, "openvino")) in str(error.value)
    assert "\n" not in str(error.value)


LOAD = {
    "of a run": "RunPredictor(Run(Path(sys.argv[2]), published=False), file, 'float32').infer",
    "of an added model": "engines.load('openvino', file, 'float32').infer",
}


@pytest.mark.parametrize("load", LOAD)
def test_a_loaded_network_outlives_its_files(tiny, exports, load):
    file = export.exported(tiny) / "float32.xml"
    program = f"""
import sys
from pathlib import Path
import numpy as np
from models.added import engines
from models.inference.predictor import RunPredictor
from models.runs.run import Run
file = Path(sys.argv[1])
infer = {LOAD[load]}
before = infer(np.ones((1, 32, 48, 3), np.float32))
file.with_suffix(".bin").open("r+b").truncate(0)
assert np.array_equal(before, infer(np.ones((1, 32, 48, 3), np.float32)))
"""
    command = [sys.executable, "-c", program, str(file), str(tiny.path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_files_are_read_again_only_when_changed(tmp_path, monkeypatch):
    (tmp_path / "one.bin").write_bytes(b"1")
    graph_files.record(tmp_path)
    assert graph_files.intact(tmp_path)
    monkeypatch.setattr("models.runs.model.sha256", None)
    assert graph_files.intact(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff", b"0  one.bin\n", b"0  a\0b\n", b"nonsense"])
def test_checksums_that_are_damaged_themselves(tmp_path, content):
    (tmp_path / "one.bin").write_bytes(b"1")
    (tmp_path / graph_files.CHECKSUMS).write_bytes(content)
    assert not graph_files.intact(tmp_path)
