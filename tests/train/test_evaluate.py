"""The command line that scores a run."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from configs import command_line, files, paths
from configs.errors import UserError
from models.analysis import saved_predictions
from models.runs import registry
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from tests.data.conftest import make_voc
from tests.facts import mentions
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
    assert written == {
        "schema": 1,
        "val": {**result.model_dump(mode="json", exclude_unset=True), **more, "float16_loss": None},
    }
    output = capsys.readouterr().out
    assert f"{result.miou:.4f}" in output
    assert re.search(r"^pedestrian +not in this split$", output, re.MULTILINE)
    assert f"written to {run.path / 'evaluation.json'}" in output


def test_output_is_written_only_to_the_given_file(
    run: Run, data_dir: Path, call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    options = ["--output", tmp_path / "scores.json", "--save-predictions"]
    assert call(run.path, "--data-dir", data_dir, *options) == 0
    written = read(tmp_path / "scores.json")
    assert list(written) == ["schema", "val"]
    scores = SplitScores.model_validate(written["val"])
    assert saved_predictions.open_saved(None, "camvid", "val", scores) is not None
    assert not (run.path / "evaluation.json").exists()


@pytest.fixture(scope="module")
def voc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with VOC."""
    folder: Path = tmp_path_factory.mktemp("voc")
    make_voc(folder / "VOCdevkit" / "VOC2012")
    return folder


def test_another_dataset_is_scored_in_the_classes_that_a_file_names(
    run: Run,
    voc: Path,
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "classes.yaml").write_text("sky: aeroplane\nbicyclist: [person, bicycle]\n")
    options = ["--dataset", "voc2012", "--classes-map", tmp_path / "classes.yaml", "--save-predictions"]
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    assert call(run.path, "--data-dir", voc, *options) == 0
    scores = read(run.path / "evaluation.json")["voc2012/val"]
    saved = saved_predictions.open_saved(None, "voc2012", "val", SplitScores.model_validate(scores))
    assert saved is not None
    assert saved.ids == tuple(image["id"] for image in scores["per_image"])
    assert set(np.unique(saved.labels(0))) <= set(range(len(scores["classes"])))
    assert saved.confidence(0) is None, "a shared class has no probability of its own"
    assert scores["dataset"] == "voc2012"
    assert {entry["name"] for entry in scores["classes"]} >= {"aeroplane", "bus or car", "anything else"}
    output = capsys.readouterr().out
    assert f"{scores['miou']:.4f}" in output
    assert mentions(output, f"{scores['scored_share']:.2%}", "PASCAL VOC 2012")
    assert re.search(r"^aeroplane = aeroplane of PASCAL VOC 2012, sky of the model$", output, re.MULTILINE)


def test_scores_of_a_published_model_are_kept_beside_the_runs(
    run: Run, data_dir: Path, call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path)
    lines = [f"{files.sha256(path)}  {path.name}\n" for path in sorted(run.path.iterdir())]
    (run.path / "SHA256SUMS").write_text("".join(lines))
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    assert call("streets", "--data-dir", data_dir) == 0
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before
    assert list(read(tmp_path / "runs" / ".scores" / "streets.json")) == ["schema", "val"]
    assert [model.name for model in registry.models()] == ["streets"], "the folder of scores is no model"


MISTAKES = {
    "no such dataset": (["--dataset", "moon"], "'moon'", "voc2012"),
    "nothing in common": (["--dataset", "oxford_iiit_pet"], "Oxford-IIIT Pet", "pet, background", "--classes-map"),
    "no such file of classes": (["--dataset", "voc2012", "--classes-map", "{}/none.yaml"], "{}/none.yaml"),
    "a file of classes without a dataset": (["--classes-map", "{}/file"], "{}/file", "--dataset"),
    "the loss on another dataset": (["--dataset", "voc2012", "--float16-loss"], "--float16-loss", "--dataset"),
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
