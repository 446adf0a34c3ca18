import os
import shutil
from pathlib import Path

import pytest

from configs import schema
from configs.paths import ROOT
from models.inference import export, export_together, quantised
from models.runs.run import Run
from tests.models import int8


@pytest.fixture
def runs(make_run, tiny, tmp_path) -> list[Run]:
    """Return a small run and a larger one."""
    wide = schema.load(
        ROOT / "configs" / "pets_unet.yaml", ["name=wide", "data.image_size=[32, 48]", "model.filters=[16, 32]"]
    )
    small = Run(shutil.copytree(tiny.path, tmp_path / "runs" / "small"), published=False)
    return [small, make_run(tmp_path / "runs" / "large", wide)]


@pytest.fixture(autouse=True)
def two_processes(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("models.inference.parallel.cores", lambda: 2)
    monkeypatch.setattr("configs.memory.available_bytes", lambda: 2 * export_together.PROCESS_BYTES)


def child(tmp_path, monkeypatch, script: str) -> None:
    """Let the other process be a shell script."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr("models.inference.export_together.sys.executable", str(python))


def compiled(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "compiled"


def test_another_process_exports_what_this_one_does_not(runs, tmp_path, monkeypatch):
    view = int8.quantised(runs[0])
    shutil.rmtree(tmp_path / "cache")
    monkeypatch.setattr(export_together, "_take_turns", lambda *_: None)
    export_together.ahead(runs)
    monkeypatch.setattr(export, "_export", None)
    monkeypatch.setattr(quantised, "_write", None)
    for run in runs:
        export_together.ready(run)
    assert quantised.quantised(view).is_dir()
    assert not list((tmp_path / "cache").rglob(".*"))


def test_this_process_exports_the_largest_first_if_the_other_is_killed(runs, tmp_path, monkeypatch):
    child(tmp_path, monkeypatch, "kill -9 $$")
    begun = []

    def write(name: str, run: Path, out: Path, *_: object) -> None:
        begun.append(name)
        (compiled(tmp_path) / f".export-of-the-other-{name}").mkdir()
        out.mkdir()
        (out / "float32.xml").write_text(name)

    monkeypatch.setattr(export, "_write_here", write)
    shown = []
    monkeypatch.setattr(export, "tidy", lambda folder: shown.append(sorted(path.name for path in folder.glob(".*"))))
    export_together.ahead(runs)
    assert begun == ["large", "small"]
    assert [".export-of-the-other-large", ".export-of-the-other-small"] in shown, "until both have ended"
    assert all(export.is_exported(run, "openvino") for run in runs)


def test_a_failure_is_left_to_be_told_later_and_leaves_nothing(runs, tmp_path, monkeypatch):
    child(tmp_path, monkeypatch, f"mkdir -p '{compiled(tmp_path)}/.export-killed'")
    runs[1].weights.write_bytes(b"no weights" * 10_000)
    monkeypatch.setattr(export, "_write_here", lambda name, run, out, *_: export.write_graphs(Run(run, False), out))
    export_together.ahead(runs)
    assert [export.is_exported(run, "openvino") for run in runs] == [True, False]
    assert not list(compiled(tmp_path).glob(".*"))


def test_ctrl_c_ends_the_other_process(runs, tmp_path, monkeypatch):
    pid = tmp_path / "pid"
    child(tmp_path, monkeypatch, f"echo $$ > '{pid}.new'; mv '{pid}.new' '{pid}'; exec sleep infinity")

    def pressed(run: Run) -> None:
        while not pid.exists():
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(export_together, "ready", pressed)
    with pytest.raises(KeyboardInterrupt):
        export_together.ahead(runs)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize("scarce", ["memory", "cores", "work"])
def test_one_process_where_more_have_no_room(runs, scarce, monkeypatch):
    shared = []
    monkeypatch.setattr(export_together, "_share", lambda runs, processes: shared.append(processes))
    export_together.ahead(runs)
    assert shared == [2]
    if scarce == "memory":
        monkeypatch.setattr("configs.memory.available_bytes", lambda: 2 * export_together.PROCESS_BYTES - 1)
    elif scarce == "cores":
        monkeypatch.setattr("models.inference.parallel.cores", lambda: 1)
    else:
        runs = runs[:1]
    export_together.ahead(runs)
    assert shared == [2]
