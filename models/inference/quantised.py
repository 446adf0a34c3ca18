"""Makes the int8 graph of a run from its float32 graph and its quantisation, once for each pair of them."""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TypeVar

import openvino

from configs import disk, paths
from configs.errors import UserError
from data.locks import exclusive
from models.inference import export, graph_files, logits, quantisation
from models.runs.model import file_digest
from models.runs.run import Run

Result = TypeVar("Result")

FOLDER = "int8"
"""The folder of these graphs in the cache."""
LOCK = "quantise.lock"
"""File in it that is locked while one is made."""
GRAPH = "int8.xml"
VERSION = 1
"""Incremented whenever ``quantisation.py`` makes another graph of the same file."""


def using(run: Run, use: Callable[[Path], Result]) -> Result:
    """Return ``use(quantised(run))``; if that fails because the files were damaged meanwhile, do it once more.

    Raises as ``quantised`` and ``use``.
    """
    folder = quantised(run)
    try:
        return use(folder)
    except (OSError, UserError):
        if graph_files.intact(folder):
            raise
    return use(quantised(run))


def quantised(run: Run) -> Path:
    """Return the folder with ``int8.xml`` and ``int8.bin`` of a run, making them first if necessary.

    Raises:
        UserError: As ``export.export``, and if the run has no quantisation, or one of other weights or another graph.
    """
    plain = export.exported(run)  # verifies a published run
    if not run.quantisation.is_file():
        raise UserError(f"{run.path.name} can't be computed in int8: {run.missing_quantisation_reason()}")
    home = paths.cache_dir() / FOLDER
    key = [VERSION, plain.name, file_digest(run.quantisation)]
    ready = home / hash_of(json.dumps(key).encode()).hexdigest()[:32]
    if graph_files.intact(ready):
        with contextlib.suppress(OSError):  # the cache may be read-only
            os.utime(ready)
        return ready
    parameters = quantisation.read(run.quantisation)
    if parameters.weights != file_digest(run.weights):
        raise UserError(
            f"{run.quantisation} was made for other weights than {run.path.name} has now; make it again with python -m "
            f"models.quantize {run.path.name}"
        )
    try:
        with exclusive(home / LOCK) as alone, tempfile.TemporaryDirectory(prefix=".int8-", dir=home) as temporary:
            if not graph_files.intact(ready):
                written = Path(temporary) / "graphs"
                export.using(run, "openvino", lambda folder: _write(run, folder, parameters, written))
                if export.exported(run).name != plain.name:
                    raise UserError(f"{run.path.name} was changed while its int8 network was made; try again")
                if ready.exists():
                    ready.rename(Path(temporary) / "damaged")
                written.rename(ready)
            if alone:
                export.tidy(home, keep=Path(temporary))
    except OSError as error:
        raise UserError(f"the int8 network can't be written to {home} ({error.strerror or error})") from error
    return ready


def _write(run: Run, plain: Path, parameters: quantisation.Quantisation, out: Path) -> None:
    """Write the int8 graph of a run to the new folder ``out``, from the float32 one in ``plain``."""
    try:
        graph = openvino.Core().read_model(plain / "float32.xml")
    except RuntimeError as error:
        raise UserError(f"{plain / 'float32.xml'} can't be read") from error
    logits.undo(graph)
    try:
        parameters.applied(graph)
    except UserError as error:
        raise UserError(f"{run.quantisation}: {error}") from error
    if adjustment := run.adjustment:
        logits.adjust_graph(graph, adjustment)
    out.mkdir()
    disk.check_space(out / GRAPH, (plain / "float32.bin").stat().st_size // 2 + 1_000_000)
    openvino.serialize(graph, str(out / GRAPH))
    graph_files.record(out)
