"""Loads files on engines, the first time on this computer in a child process.

A file may crash its engine, and an engine its process: on one CPU and not on another, in one release and not in the
next. So a network runs once in a child before it is loaded where it would take a server or a command line along.
"""

import contextlib
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from configs import paths
from configs.errors import UserError
from models.added import engines, inspection
from models.added.answers import EngineName
from models.added.engines import Engine
from models.added.facts import Layout
from models.inference import cpu
from models.inference.formats import Precision
from models.runs.model import file_digest


def open_engine(
    name: EngineName, files: Sequence[Path], precision: Precision, size: tuple[int, int], layout: Layout
) -> Engine:
    """Load a network on an engine, after a child process has; arguments and errors as for ``check``."""
    check(name, files, precision, size, layout)
    return engines.load(name, files[0], precision)


def check(name: EngineName, files: Sequence[Path], precision: Precision, size: tuple[int, int], layout: Layout) -> None:
    """Run a network once in a child process, unless it has run on this computer before just so.

    Args:
        name: The engine.
        files: All files of the network; the first is read, the others are found through it.
        precision: The arithmetic.
        size: Height and width of its input.
        layout: Order of its input's axes.

    Raises:
        UserError: If the engine is absent, refuses the network, or crashes.
    """
    title = engines.title(name, precision)
    try:
        mark = _mark(title, files, size, layout)
    except OSError as error:
        raise UserError(f"{files[0]}: cannot be read ({error.strerror})") from error
    if not mark.is_file():
        inspection.ask("run", files[0], name, precision, size, layout, engine=title)
        _leave(mark)


def remember(title: str, files: Sequence[Path], size: tuple[int, int], layout: Layout) -> None:
    """Note that a network has run in a child process, on the engine called ``title``, as ``Engine.name`` is."""
    _leave(_mark(title, files, size, layout))


def _mark(title: str, files: Sequence[Path], size: tuple[int, int], layout: Layout) -> Path:
    """Return the empty file that stands for a network, an engine and a CPU that work together."""
    parts = [title, *map(file_digest, files), *size, layout, cpu.name(), cpu.instructions()]
    return paths.cache_dir() / "ran" / sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _leave(mark: Path) -> None:
    with contextlib.suppress(OSError):  # the cache may be read-only; then it is tried again
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
