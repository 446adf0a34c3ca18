"""Clips on the command line, in processes that are killed, stopped, and run out of space."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from configs.paths import ROOT
from tests import clips
from tests.facts import mentions

FRAMES = 400
"""So many that the signal comes long before the end, however late this process gets to send it."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return clips.write(tmp_path_factory.mktemp("clips") / "clip.mp4", clips.pictures(FRAMES, 48, 64))


def command(predictors, clip: Path, folder: Path, *more: str) -> list[str]:
    models = [word for predictor in predictors for word in ("--model", str(predictor.model.path))]
    return [sys.executable, "-m", "models.predict", *models, "--input", str(clip), "--output", str(folder), *more]


def run(*arguments, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options
    )


def segments(folder: Path) -> list[str]:
    work = folder / ".unfinished"
    return sorted(path.name for path in work.iterdir() if path.name.isdecimal()) if work.is_dir() else []


def interrupted(number: int, predictors, clip: Path, folder: Path) -> int:
    """Send a signal when two segments are complete; return the exit code."""
    _, _, module, *arguments = command(predictors, clip, folder)
    program = (  # what is started in the background of a shell, and its children, ignore Ctrl-C
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    job = [sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(job, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 240
    while len(segments(folder)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert "Traceback" not in output
    return process.returncode


@pytest.fixture(scope="module")
def whole(clip, predictors, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "out"
    result = run(predictors, clip, folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert mentions(result.stdout, FRAMES, folder)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["kill", "ctrl-c"])
def test_an_interrupted_job_is_continued(clip, predictors, whole, tmp_path, number, code):
    folder = tmp_path / "out"
    assert interrupted(number, predictors, clip, folder) == code
    done = 64 * len(segments(folder))
    assert 128 <= done < FRAMES
    assert not (folder / "comparison.mp4").exists()
    refusal = run(predictors[:1], clip, folder)
    assert refusal.returncode == 2
    assert refusal.stderr.count("\n") == 1
    result = run(predictors, clip, folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert mentions(result.stdout, FRAMES, done)
    assert names(folder) == names(whole)
    for name in names(whole):
        if not name.endswith(".mp4"):
            assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    found, expected = (clips.read(one / "comparison.mp4") for one in (folder, whole))
    assert found[1] == expected[1] == clips.read(clip)[1]
    np.testing.assert_array_equal(found[0], expected[0])


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_no_room_is_one_line_and_the_job_can_be_continued(clip, predictors, tmp_path):
    result = run(predictors[:1], clip, tmp_path / "out", preexec_fn=small_files)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert mentions(result.stderr, tmp_path / "out", "ulimit -f")
    assert [name for name in names(tmp_path / "out") if ".part" in name] == []
    again = run(predictors[:1], clip, tmp_path / "out")
    assert again.returncode == 0
    assert len(clips.read(tmp_path / "out" / "comparison.mp4")[0]) == FRAMES


MEMORY = """
import resource, sys
from pathlib import Path
from models.inference.loading import load_predictor
from models.runs import registry
from models.video.process import process
peaks = {}
def note(done, total):
    peaks[done] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
process(Path(sys.argv[1]), [load_predictor(registry.find(sys.argv[3]))], Path(sys.argv[2]), progress=note)
print(len(peaks), (peaks[2000] - peaks[500]) // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_clip(predictors, tmp_path):
    tiny = clips.pictures(50, 32, 48)
    clips.write(tmp_path / "long.mp4", (tiny[index % 50] for index in range(2000)))
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            MEMORY,
            str(tmp_path / "long.mp4"),
            str(tmp_path / "out"),
            str(predictors[0].model.path),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=400,
        check=True,
    )
    frames, megabytes = map(int, result.stdout.split())
    assert frames == 2000
    assert megabytes < 40
