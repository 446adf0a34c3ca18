"""Looks at a stranger's model file in a child process: the server neither parses nor runs it before it is known."""

import contextlib
import json
import math
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from configs import paths
from configs.errors import UserError
from models.added.facts import ModelFacts
from models.added.refusals import LIMIT, refuse

TIMEOUT = 180.0
"""Seconds after which an inspection is given up; converting a Keras file starts TensorFlow, which takes ten."""

MEMORY = 12 * 2**30
"""Bytes that the child may allocate: a model of 2 GiB, its compiled copy, and the layers' outputs."""


def inspect(
    path: Path,
    convert_into: Path | None = None,
    size: tuple[int, int] | None = None,
    timeout: float = TIMEOUT,
    stop: threading.Event | None = None,
) -> ModelFacts:
    """Describe the model at ``path`` and run it once on a made-up picture, all in a child process.

    No code in the file is run, and files outside its folder are not read. Of the files beside it, those that belong to
    it by name are read: ``.onnx.data``, ``.bin``, and those in ``sidecars.NAMES``.

    Args:
        path: An ONNX, OpenVINO (.xml), TFLite or Keras file, or a SavedModel folder.
        convert_into: A folder for ``model.xml`` and ``model.bin``, to which Keras files and SavedModel folders are
            converted; the facts then name these files. Needed for those two only.
        size: Height and width to use where the network takes any.
        timeout: Seconds.
        stop: Ends the child when set.

    Raises:
        UserError: If it is not a model that can be used, its engine crashes, it takes too long, or it is stopped.
    """
    refuse(path)
    arguments = (convert_into and str(convert_into.resolve()), size)
    return ModelFacts.model_validate(ask("inspect", path, *arguments, timeout=timeout, stop=stop))


def ask(
    what: str,
    path: Path,
    *arguments: Any,
    engine: str = "the engine that tried to run it",
    timeout: float = TIMEOUT,
    stop: threading.Event | None = None,
) -> Any:
    """Return what ``models.added.child`` answers about a file in a process of its own.

    Raises ``UserError`` if it answers with an error, crashes, which is then said of ``engine``, takes too long, or is
    stopped.
    """
    quiet = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    child = subprocess.Popen(
        [sys.executable, "-m", "models.added.child", json.dumps([what, str(path.resolve()), *arguments])],
        cwd=paths.ROOT,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _limit(child.pid, timeout)
    with child:
        try:
            output = _wait(child, path.name, timeout, stop)
        except BaseException:
            child.kill()
            raise
    if child.returncode == -signal.SIGKILL:
        raise UserError(f"{path.name} can't be used: running it takes more memory or time than there is")
    if child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        raise UserError(f"{path.name} crashed {engine} ({name}), so it can't be used")
    try:
        answer = json.loads(output)
    except ValueError:
        code = child.returncode
        raise UserError(f"{path.name} can't be used: the process that looked at it failed (exit code {code})") from None
    if "error" in answer:
        raise UserError(answer["error"])
    return answer["found"]


def _limit(child: int, seconds: float) -> None:
    """Bound a process's memory, files and time, also for when this one is gone, and let it leave no core dump.

    Only Linux can limit another process; elsewhere it is only waited for.
    """
    cpu = math.ceil(seconds * (os.cpu_count() or 1)) + 1
    limits = {
        resource.RLIMIT_DATA: MEMORY,
        resource.RLIMIT_FSIZE: 4 * LIMIT,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_CORE: 0,
    }
    if hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError):
            for what, most in limits.items():
                resource.prlimit(child, what, (most, most))


def _wait(child: "subprocess.Popen[bytes]", name: str, timeout: float, stop: threading.Event | None) -> bytes:
    """Return a process's output. Raises ``UserError`` after ``timeout`` seconds, or when ``stop`` is set."""
    passed = 0.0
    while True:
        try:
            return child.communicate(timeout=0.2)[0]
        except subprocess.TimeoutExpired:
            passed += 0.2
        if stop is not None and stop.is_set():
            raise UserError(f"looking at {name} was stopped")
        if passed > timeout:
            raise UserError(f"{name} was given up after {timeout:g} s: it takes too long to load or to run")
