"""The command line that scores a run."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from configs import command_line, paths
from configs.errors import UserError
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from tests.train.scored_run import read
from train import evaluate


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int | str | None]:
    """Return a function that calls the command line and returns its exit code."""

    def call(*arguments: object) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command_line.run(evaluate.main)
        return stop.value.code

    return call


def test_a_local_run_gets_the_result(
    run: Run, data_dir: Path, result: SplitScores, call: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(run.path, "--data-dir", data_dir) == 0
    written = read(run.path / "evaluation.json")
    more = {name: written["val"][name] for name in ("date", "training")}
    assert written == {"schema": 1, "val": {**result.model_dump(mode="json"), **more, "float16_loss": None}}
    output = capsys.readouterr().out
    assert f"{result.miou:.4f}" in output
    assert re.search(r"^pedestrian +not in this split$", output, re.MULTILINE)
    assert f"written to {run.path / 'evaluation.json'}" in output


def test_output_is_written_only_to_the_given_file(
    run: Run, data_dir: Path, call: Callable[..., int], tmp_path: Path
) -> None:
    assert call(run.path, "--data-dir", data_dir, "--output", tmp_path / "scores.json") == 0
    assert list(read(tmp_path / "scores.json")) == ["schema", "val"]
    assert not (run.path / "evaluation.json").exists()


MISTAKES = {
    "the split trained on": (["--split", "train"], "every image", "'train'", "--split"),
    "no such split": (["--split", "night"], "no split 'night'"),
    "no data": (["--data-dir", "{}/none"], "python -m data.prepare camvid --data-dir {}/none"),
    "output in no folder": (["--output", "{}/none/scores.json"], "{}/none; make it first"),
    "output is a folder": (["--output", "{}"], "{}: is a folder"),
    "output in a file": (["--output", "{}/file/scores.json"], "{}/file; make it first"),
    "output in the zoo": (["--output", "models/zoo/scores.json"], "models/zoo", "not changed"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_and_leaves_nothing(
    run: Run,
    data_dir: Path,
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mistake: tuple[list[str], *tuple[str, ...]],
) -> None:
    arguments, *facts = mistake
    (tmp_path / "file").write_text("")
    (tmp_path / "models" / "zoo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "models" / "zoo")
    before = sorted(tmp_path.rglob("*"))
    filled = [argument.replace("{}", str(tmp_path)) for argument in arguments]
    assert call(run.path, "--data-dir", data_dir, *filled) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert [fact for fact in facts if fact.replace("{}", str(tmp_path)) not in output.err] == []
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("name", "options"), [("run", ["--output", "scores.json"]), ("published", [])])
def test_the_loss_is_refused_if_it_cannot_be_stored(trained, tmp_path, monkeypatch, name, options):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    folder = tmp_path / "zoo" / "published" if name == "published" else tmp_path / "run"
    shutil.copytree(trained.path, folder)
    monkeypatch.setattr(sys, "argv", ["evaluate", str(folder), "--float16-loss", *options])
    with pytest.raises(UserError, match=r"^--float16-loss: .*--output$"):
        evaluate.main()
