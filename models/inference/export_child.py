"""Runs an export in a process of its own, with the backend of Keras that it needs."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

from configs import paths

Backend = Literal["openvino", "tensorflow"]

NEEDS_TENSORFLOW = 3
"""Exit code of ``models.export --backend openvino`` for a network that only TensorFlow can export."""


def run(run: Path, out: Path, form: str, backend: Backend, stop: threading.Event | None) -> tuple[int, str]:
    """Write the graphs of the run at ``run`` to ``out``; return the exit code and the last line of its stderr.

    ``stop`` kills the process.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "models.export", "--format", form, "--backend", backend, str(run), str(out)],
        cwd=paths.ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    with child:
        try:
            stderr = _wait(child, stop)
        except BaseException:
            child.kill()
            raise
    lines = stderr.strip().splitlines() or [f"exit code {child.returncode}"]
    return child.returncode, lines[-1].removeprefix("error: ")


def _wait(child: "subprocess.Popen[str]", stop: threading.Event | None) -> str:
    """Wait for a process, killing it when ``stop`` is set; return its stderr."""
    while True:
        try:
            return child.communicate(timeout=None if stop is None else 0.2)[1]
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                child.kill()
