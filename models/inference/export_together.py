"""Exports several runs to OpenVINO at the same time, int8 graphs included, each process one after the other.

Most of the time of an export is spent in Python, so more threads would not help. Each process imports Keras once.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from configs import memory, paths
from configs.command_line import run as run_program
from configs.errors import UserError
from data import locks
from models.inference import export, parallel
from models.runs import registry
from models.runs.run import Run

PROCESS_BYTES = 600_000_000
"""Memory that each process may need: exporting the largest published network took 500 MB."""

TURN = 2
"""Bytes that name a run in the pipe from which the processes take their turns."""


def ready(run: Run) -> None:
    """Export a run in this process, with its int8 graph if it has been quantised.

    Raises as ``export.export`` and ``quantised.quantised``.
    """
    export.export(run, "openvino", here=True)
    if run.quantisation.is_file():
        from models.inference import quantised  # late, because OpenVINO takes a third of a second

        quantised.quantised(run)


def ahead(runs: Sequence[Run]) -> None:
    """Do what ``ready`` does for those runs that are not exported yet, in as many processes as are worth while.

    It leaves out what fails, also where a process was killed: ``ready`` tells why, or does it.
    """
    missing = [run for run in runs if not _is_exported(run)]
    processes = min(parallel.cores(), memory.available_bytes() // PROCESS_BYTES, len(missing))
    if processes > 1:
        missing.sort(key=lambda run: run.weights.stat().st_size, reverse=True)  # so that all end together
        with contextlib.suppress(OSError):
            _share(missing, processes)


def _is_exported(run: Run) -> bool:
    return not run.weights.is_file() or export.is_exported(run, "openvino")


def _lock_files() -> tuple[Path, Path]:
    """Return the locks of all that is written, in the order in which a process that needs both takes them."""
    from models.inference import quantised

    cache = paths.cache_dir()
    return cache / quantised.FOLDER / quantised.LOCK, cache / export.FOLDERS["openvino"] / export.LOCK


def _share(runs: Sequence[Run], processes: int) -> None:
    """Let this process and its children take turns, each with the next run that nobody has begun."""
    files = _lock_files()
    with locks.jointly(*files) as held:
        turns, given = os.pipe()
        os.write(given, b"".join(index.to_bytes(TURN) for index in range(len(runs))))
        os.close(given)
        command = [sys.executable, "-m", __name__, *(str(run.path) for run in runs)]
        nowhere = subprocess.DEVNULL
        children: list[subprocess.Popen[bytes]] = []
        try:
            while len(children) < processes - 1:
                children.append(subprocess.Popen(command, stdin=turns, stdout=nowhere, stderr=nowhere, pass_fds=held))
            _take_turns(runs, turns)
            for child in children:
                child.wait()
        finally:
            os.close(turns)
            for child in children:
                child.kill()
                child.wait()
            for file in files:
                export.tidy(file.parent)


def _take_turns(runs: Sequence[Run], turns: int) -> None:
    while turn := os.read(turns, TURN):
        with contextlib.suppress(UserError, OSError):
            ready(runs[int.from_bytes(turn)])


def main() -> int:
    """Take turns with the parent, which names all runs and gives the pipe as stdin."""
    locks.join(*_lock_files())
    _take_turns([registry.find_run(path) for path in sys.argv[1:]], sys.stdin.fileno())
    return 0


if __name__ == "__main__":
    run_program(main)
