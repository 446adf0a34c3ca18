import csv
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from configs import schema
from configs.errors import UserError
from configs.schema import Experiment
from models.runs.run import HISTORY_COLUMNS as HISTORY
from models.runs.run import Run
from tests.facts import mentions
from train import run_folder
from train.run_folder import Progress, Row, RunFolder
from train.schedule import Plateau

HASHES = ("b" * 64, "a" * 64)


def row(epoch: int) -> Row:
    return dict.fromkeys(HISTORY, 1 / 3) | {"epoch": epoch, "learning_rate": 1.23456789e-5, "val_miou": 0.0}


@pytest.fixture
def experiment(tiny: Callable[..., Experiment]) -> Experiment:
    return tiny("train.precision=float32")


@pytest.fixture
def folder(tmp_path, experiment) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "tiny", experiment)


def test_its_config_is_read_back(folder, experiment):
    assert schema.load(folder.path / "config.yaml") == experiment


def test_an_existing_folder_is_refused_and_kept(folder, experiment):
    with pytest.raises(UserError, match=r"tiny: .*--resume.*--run-dir"):
        RunFolder.create(folder.path, experiment)
    assert (folder.path / "config.yaml").is_file()


def test_a_folder_that_cannot_be_created_is_refused(tmp_path, experiment):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/run: .*\(Not a directory\)"):
        RunFolder.create(tmp_path / "file" / "run", experiment)


def test_its_status_is_read_by_the_dashboard(folder):
    folder.epoch = 3
    folder.write_status("running", "epoch 3 of 4")
    status = Run(folder.path, published=False).status()
    assert status is not None
    assert (status.state, status.epoch, status.message) == ("running", 3, "epoch 3 of 4")
    assert status.started <= status.heartbeat <= datetime.now(UTC)


def test_work_that_says_nothing_has_heartbeats_until_it_ends(folder, monkeypatch):
    monkeypatch.setattr(run_folder, "HEARTBEAT_SECONDS", 0.01)
    file = folder.path / "status.json"
    with folder.beating("evaluating"):
        written = [file.stat().st_mtime_ns]
        while len(set(written)) < 3:
            written.append(file.stat().st_mtime_ns)
        status = Run(folder.path, published=False).status()
        assert status is not None
        assert (status.state, status.message) == ("running", "evaluating")
    folder.write_status("finished", "done")
    after = file.read_bytes()
    time.sleep(0.1)
    assert file.read_bytes() == after


def test_heartbeats_are_limited_to_the_interval(folder, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("train.run_folder.time.monotonic", lambda: clock[0])
    messages = []
    for seconds, message in [(0, "one"), (1, "two"), (run_folder.HEARTBEAT_SECONDS, "three"), (1, "four")]:
        clock[0] += seconds
        folder.beat(message)
        messages.append(json.loads((folder.path / "status.json").read_text())["message"])
    assert messages == ["one", "one", "three", "three"]


def test_its_history_has_a_row_per_epoch(folder):
    folder.write_history([row(1)])
    folder.write_history([row(1), row(2)])
    lines = (folder.path / "history.csv").read_text().splitlines()
    assert lines[0] == ",".join(HISTORY)
    rows = list(csv.DictReader(lines))
    assert [entry["epoch"] for entry in rows] == ["1", "2"]
    assert {entry["loss"] for entry in rows} == {"0.3333333"}
    assert {entry["learning_rate"] for entry in rows} == {"1.234568e-05"}
    assert {entry["val_miou"] for entry in rows} == {"0"}


def test_a_history_without_an_epoch_has_its_columns(folder):
    folder.write_history([])
    assert list(Run(folder.path, published=False).history().columns) == list(HISTORY)


def test_the_images_trained_on_are_fixed(folder):
    folder.write_train_images(HASHES)
    folder.write_train_images(HASHES[::-1])
    assert (folder.path / "train_images.txt").read_text() == f"{HASHES[1]}\n{HASHES[0]}\n"
    with pytest.raises(UserError, match=r"tiny: .*other images"):
        folder.write_train_images(HASHES[:1])


def test_reopening_keeps_start_time_and_config(folder, experiment):
    folder.started = "2026-01-01T00:00:00+00:00"
    folder.write_status("stopped", "")
    reopened, own = RunFolder.reopen(folder.path, experiment)
    assert (reopened.path, reopened.started, own) == (folder.path, folder.started, experiment)


@pytest.mark.parametrize("status", [None, "", "[]", '{"state": "runn'])
def test_reopening_copes_with_a_damaged_status(folder, experiment, status):
    if status is not None:
        (folder.path / "status.json").write_text(status)
    reopened, _ = RunFolder.reopen(folder.path, experiment)
    assert datetime.fromisoformat(reopened.started) <= datetime.now(UTC)


def test_reopening_resolves_auto_precision_as_at_the_start(folder, tiny):
    _, own = RunFolder.reopen(folder.path, tiny("train.precision=auto"))
    assert own.train.precision == "float32"


def test_reopening_removes_unfinished_files(folder, experiment):
    (folder.path / "checkpoints").mkdir()
    for name in (".history.0a1b2c.part.csv", "checkpoints/.last.0a1b2c.part.npz"):
        (folder.path / name).write_text("half")
    RunFolder.reopen(folder.path, experiment)
    assert [path.name for path in folder.path.rglob("*") if path.is_file()] == ["config.yaml"]


@pytest.mark.parametrize(
    ("override", "key", "was", "given"),
    [
        ("train.epochs=9", "train.epochs", 6, 9),
        ("train.precision=bfloat16", "train.precision", "float32", "bfloat16"),
        ("model.filters=[4, 8, 16]", "model.filters", [4, 8], [4, 8, 16]),
        (
            "train.small_start=null",
            "train.small_start",
            {"part": 0.17, "image_size": [16, 16], "scale": None},
            None,
        ),
        ("evaluate.subsets={}", "evaluate.subsets.ground", ["road", "pavement"], None),
    ],
)
def test_reopening_with_another_config_names_the_key(folder, experiment, tiny, override, key, was, given):
    other = tiny("train.precision=float32", override)
    with pytest.raises(UserError) as error:
        RunFolder.reopen(folder.path, other)
    assert str(error.value).startswith(f"{folder.path}: ")
    assert mentions(str(error.value), key, repr(was), f"not {given!r}")
    assert "\n" not in str(error.value)


def test_a_folder_without_a_run_is_not_reopened(tmp_path, experiment):
    with pytest.raises(UserError, match=f"{tmp_path}: .*--resume"):
        RunFolder.reopen(tmp_path, experiment)


def test_progress_is_read_back():
    progress = Progress([row(1), row(2)], best_miou=0.25, best_epoch=2, plateau=Plateau(0.25, 1, 2))
    assert Progress.from_json(progress.to_json()) == progress
    assert progress.epoch == 2


def test_starting_over_resets_the_best_epoch_and_keeps_the_rate():
    progress = Progress([row(1), row(2)], best_miou=0.25, best_epoch=1, plateau=Plateau(0.25, 1, 2))
    progress.start_over()
    assert (progress.best_miou, progress.best_epoch, progress.epoch) == (-1.0, 2, 2)
    assert progress.plateau == Plateau(best=-1.0, waited=0, drops=2)


def test_a_run_without_its_checkpoint_is_not_reopened_and_stays_as_it_is(folder, experiment):
    """It used to be trained from nothing, over its weights and history."""
    (folder.path / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=r"2 finished epochs but no checkpoints/last\.npz.*initial_weights"):
        RunFolder.reopen(folder.path, experiment)
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before
