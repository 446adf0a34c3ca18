"""The command line that adds models: every option, and one line with the option for every mistake."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from configs import command_line
from configs.errors import UserError
from configs.paths import ROOT
from data.locks import exclusive
from models import add, predict, remove
from models.added import adding
from models.added.model import AddedModel
from models.added.temporary_folders import LOCK
from models.runs import registry
from tests.facts import mentions
from tests.models.added import streets
from tests.models.added.described import NAMES, added, head
from tests.models.added.onnx_files import saved

IMAGENET = ("--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")


@pytest.fixture
def models_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def call(monkeypatch, models_dir, capsys):
    """Return a function that calls a command line and returns its exit code, output and errors."""

    def call(*arguments, main=add.main):
        monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command_line.run(main)
        return (stop.value.code, *capsys.readouterr())

    return call


def left(models_dir):
    return [path.name for path in models_dir.iterdir() if path.name != ".adding.lock"] if models_dir.is_dir() else []


@pytest.fixture
def file(tmp_path):
    return saved(tmp_path, head(size=("h", "w")), "unet.onnx")


def test_every_option_is_used(call, file, models_dir, tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    code, out, err = call(
        file, "--name", "mine", "--classes", tmp_path / "names.txt", "--input-size", "40X56", "--colour", "BGR",
        "--range", "-1,1", "--mean", "-.1,0,.1", "--std", "1,2,3", "--resize", "letterbox", "--output", "logits",
        "--output-name", "out", "--void", NAMES[3], "--engine", "onnxruntime",
    )  # fmt: skip
    assert (code, err) == (0, "")
    model = registry.find("mine")
    assert isinstance(model, AddedModel)
    found = model.description
    assert found.input.size == (40, 56)
    assert (found.input.colour, found.input.resize) == ("BGR", "letterbox")
    assert (found.input.range, found.input.mean, found.input.std) == ((-1, 1), (-0.1, 0, 0.1), (1, 2, 3))
    assert (found.output.kind, found.output.name, found.engine) == ("logits", "out", "onnxruntime")
    assert (found.classes.names, found.classes.void) == (NAMES, NAMES[3])
    assert mentions(out, "mine", "40x56", "BGR", "-1..1", "letterbox", *NAMES, models_dir / "mine")
    assert left(models_dir) == ["mine"]


def test_a_list_of_names_may_be_longer_than_a_path():
    names = tuple(f"class number {index}" for index in range(150))
    assert add._class_names(",".join(names)) == names


def test_what_was_asked_for_is_not_called_a_guess(call, file):
    code, out, _ = call(file, "--name", "mine", "--classes", ",".join(NAMES[1:]), "--range", "0,1", "--colour", "RGB")
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert code == 0
    for title in ("range", "mean,", "colour"):
        assert "as asked for" in lines[title]
    assert mentions(lines["classes"], "background", *NAMES[1:], "one class more")


def test_an_added_model_predicts_at_the_command_line(call, file, models_dir, tmp_path):
    code, out, err = call(file, "--classes", ",".join(NAMES), "--range", "0,1", *IMAGENET)
    assert (code, err) == (0, "")
    assert mentions(out, "ONNX Runtime", "unet", "0.485")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)).save(tmp_path / "photo.png")
    for name in ("unet", models_dir / "unet"):
        code, out, err = call(
            "--model", name, "--input", tmp_path / "photo.png", "--output", tmp_path / "out", main=predict.main
        )
        assert (code, err) == (0, "")
        with Image.open(tmp_path / "out" / "photo.png") as labels:
            assert labels.size == (70, 50)
            assert np.asarray(labels).max() < len(NAMES)


def test_a_second_engine_that_fails_is_only_told(call, file, models_dir, monkeypatch):
    def fail(*_):
        raise UserError("it knows no such operator")

    monkeypatch.setattr(adding, "agreement", fail)
    code, out, _ = call(file, "--classes", ",".join(NAMES), "--range", "0,1")
    assert code == 0
    assert mentions(out, "ONNX Runtime", "it knows no such operator")


def test_what_the_file_does_not_say_is_asked_for(call, file, models_dir):
    code, out, err = call(file)
    assert (code, out) == (2, "")
    assert mentions(err, "unet.onnx", "--range", "--mean", "--std", "--classes", "--dataset", 4)
    assert err.count("\n") == 1
    assert left(models_dir) == []


MISTAKES = {
    "nothing": ([], ("--predictions", "--dataset")),
    "no file": (["{}/none.onnx", "--classes", "a,b"], ("none.onnx",)),
    "mean alone": (["{}/unet.onnx", "--mean", "0,0,0"], ("--mean", "--std")),
    "std alone": (["{}/unet.onnx", "--std", "1,1,1"], ("--mean", "--std")),
    "two numbers": (["{}/unet.onnx", "--mean", "0,0", "--std", "1,1,1"], ("--mean", "0,0", 3)),
    "no numbers": (["{}/unet.onnx", "--range", "-a,b"], ("--range", 2)),
    "range backwards": (["{}/unet.onnx", "--range", "1,-1"], ("--range", "1,-1")),
    "range not finite": (["{}/unet.onnx", "--range", "0,nan"], ("--range",)),
    "std of 0": (["{}/unet.onnx", *IMAGENET[:2], "--std", "0,1,1"], ("--std", "0,1,1")),
    "size": (["{}/unet.onnx", "--input-size", "64"], ("--input-size", "'64'")),
    "size of 0": (["{}/unet.onnx", "--input-size", "0x64"], ("--input-size", "0x64")),
    "colour": (["{}/unet.onnx", "--colour", "rgb"], ("--colour", "'rgb'", "BGR")),
    "resize": (["{}/unet.onnx", "--resize", "crop"], ("--resize", "'crop'", "letterbox")),
    "output": (["{}/unet.onnx", "--output", "mask"], ("--output", "'mask'", "binary")),
    "engine": (["{}/unet.onnx", "--engine", "tensorrt"], ("--engine", "'tensorrt'", "onnxruntime")),
    "threshold": (["{}/unet.onnx", "--threshold", "50"], ("--threshold", 50)),
    "empty class": (["{}/unet.onnx", "--classes", "a,,b"], ("--classes", "a,,b")),
    "no class file": (["{}/unet.onnx", "--classes", "{}/none.txt"], ("--classes", "none.txt")),
    "no dataset": (["{}/unet.onnx", "--range", "0,1", "--dataset", "nothing"], ("nothing", "camvid")),
    "too few classes": (["{}/unet.onnx", "--range", "0,1", "--classes", "a,b"], ("--classes", 4, 2)),
    "name": (["{}/unet.onnx", "--name", "../x"], ("--name", "'../x'")),
    "no name": (["{}/unet.onnx", "--name", ""], ("--name",)),
    "split of a file": (["{}/unet.onnx", "--split", "val"], ("--split", "--predictions")),
    "file and folder": (["{}/unet.onnx", "--predictions", "{}", "--dataset", "camvid"], ("--predictions", "FILE")),
    "folder alone": (["--predictions", "{}"], ("--predictions", "--dataset")),
    "range of predictions": (
        ["--predictions", "{}", "--dataset", "camvid", "--range", "0,1"],
        ("--range", "--predictions"),
    ),
    "classes of predictions": (["--predictions", "{}", "--dataset", "camvid", "--classes", "a"], ("--classes",)),
    "output name of predictions": (
        ["--predictions", "{}", "--dataset", "camvid", "--output-name", "a"],
        ("--output-name",),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line_that_names_the_option(call, file, models_dir, case):
    arguments, told = MISTAKES[case]
    code, out, err = call(*(one.replace("{}", str(file.parent)) for one in arguments))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert mentions(err, *told)
    assert left(models_dir) == []


def test_predictions_are_added_and_told_how_they_were_read(call, models_dir, tmp_path):
    data_dir = streets.make(tmp_path / "data")
    folder = streets.write(tmp_path / "theirs", streets.label_maps())
    code, out, err = call("--predictions", folder, "--dataset", "camvid", "--data-dir", data_dir, "--name", "mine")
    assert (code, err) == (0, "")
    assert mentions(out, 3, "class ids", "0 is sky", "train.evaluate mine", models_dir / "mine")
    (folder / "d_4.png").unlink()
    code, out, err = call("--predictions", folder, "--dataset", "camvid", "--data-dir", data_dir, "--name", "other")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert mentions(err, "d_4")
    assert left(models_dir) == ["mine"]


@contextlib.contextmanager
def adding_in_a_child(file, models_dir, *before):
    """Start the command, and wait until its child process looks at the file: there is a folder, but no model yet."""
    others = set(left(models_dir))
    answers = ("--classes", ",".join(NAMES), "--range", "0,1")
    arguments = [sys.executable, *(before or ("-m", "models.add")), str(file), *answers]
    with subprocess.Popen(arguments, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 60
        while set(left(models_dir)) <= others:
            assert time.monotonic() < limit
            assert process.poll() is None
            time.sleep(0.01)
        try:
            yield process
        finally:
            process.kill()


def test_nothing_stays_after_ctrl_c(file, models_dir):
    # Tests that run in the background of a shell inherit that the signal is ignored, and so would the command.
    program = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('models.add', run_name='__main__', alter_sys=True)"
    )
    with adding_in_a_child(file, models_dir, "-c", program) as process:
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 130
    assert left(models_dir) == []


@pytest.mark.parametrize("then", ["add", "remove"])
def test_what_a_killed_command_left_goes_with_the_next_one_and_nothing_of_a_living_one(call, file, models_dir, then):
    added(models_dir / "old")
    with adding_in_a_child(file, models_dir) as killed:
        killed.kill()
    (abandoned,) = set(left(models_dir)) - {"old"}
    with adding_in_a_child(file, models_dir) as living:
        assert abandoned not in left(models_dir)
        with exclusive(models_dir / LOCK):
            living.send_signal(signal.SIGSTOP)  # it does not hold the lock now
        (busy,) = set(left(models_dir)) - {"old"}
        (models_dir / abandoned).mkdir()
        if then == "add":
            assert call(file, "--name", "new", "--classes", ",".join(NAMES), "--range", "0,1")[0] == 0
        else:
            assert call("old", main=remove.main)[0] == 0
        assert set(left(models_dir)) == {busy, *(("old", "new") if then == "add" else ())}
        living.send_signal(signal.SIGCONT)
        assert living.communicate(timeout=60)[1] == ""
    assert living.returncode == 0
    assert "unet" in left(models_dir)
