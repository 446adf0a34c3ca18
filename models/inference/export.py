"""Exports a network to OpenVINO or ONNX, once for each set of weights.

Keras is needed only here, and only in a child process, so prediction never imports it. A graph is cached under the hash
of everything it depends on; one that is damaged there is exported again.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TypeVar

from configs import installed, paths
from configs.errors import UserError
from configs.files import sha256
from data.locks import exclusive
from models.inference import deployment, export_child, graph_files, keras_networks
from models.inference.export_child import Backend
from models.inference.formats import TITLES, Format
from models.inference.keras_networks import NeedsTensorFlowError
from models.runs import calibration, weights
from models.runs.model import file_digest
from models.runs.run import Run

Result = TypeVar("Result")

KEPT = 32
"""Number of networks kept in the cache, the most recently used ones."""

LOCK = "export.lock"
"""File in each format's folder that is locked while a network is exported."""

FOLDERS: dict[Format, str] = {"openvino": "compiled", "onnx": "onnx"}
"""Folder of each format in the cache."""

PACKAGES: dict[Format, tuple[str, ...]] = {"openvino": (), "onnx": ("tensorflow", "tf2onnx")}
"""What each format needs that may be missing."""

VERSION = 3
"""Incremented whenever this file, ``keras_networks.py``, ``channels_first.py`` or ``graph_rewrite.py`` produces another
graph from the same network."""


def exported(run: Run) -> Path:
    """Return the folder with ``float32.xml`` and ``bfloat16.xml`` of a run. Raises as ``export``."""
    return export(run, "openvino")


def exported_onnx(run: Run) -> Path:
    """Return the file ``model.onnx`` of a run. Raises as ``export``."""
    return export(run, "onnx") / "model.onnx"


def using(run: Run, form: Format, use: Callable[[Path], Result]) -> Result:
    """Return ``use(export(run, form))``; if that fails because the files were damaged meanwhile, do it once more.

    Raises as ``export`` and ``use``.
    """
    folder = export(run, form)
    try:
        return use(folder)
    except (OSError, UserError):
        if graph_files.intact(folder):
            raise
    return use(export(run, form))


def write(run: Run, form: Format, out: Path) -> None:
    """Write the files of a run in a format to the new folder ``out``. Raises ``UserError`` if that fails."""
    _run_child(run.name, run.path, out, form, None)


def is_exported(run: Run, form: Format) -> bool:
    """Return whether a run has been exported and is undamaged. Raises ``OSError`` if it has no weights."""
    return graph_files.intact(paths.cache_dir() / FOLDERS[form] / _key(run, form, file_digest(run.weights)))


def export(run: Run, form: Format, stop: threading.Event | None = None, *, here: bool = False) -> Path:
    """Return the folder with the files of a run in a format, exporting it first if necessary.

    ``here`` exports to OpenVINO in this process, which then has Keras with OpenVINO as its backend, and not in a child.

    Raises:
        UserError: If a published run is damaged, there are no weights, the export fails, or ``stop`` is set meanwhile.
    """
    if run.published:
        weights.verify(run.path)
    if not run.weights.is_file():
        raise UserError(f"{run.path} has no {run.weights.name}; {run.missing_weights_reason()}")
    folder = paths.cache_dir() / FOLDERS[form]
    if graph_files.intact(ready := folder / _key(run, form, file_digest(run.weights))):
        with contextlib.suppress(OSError):  # the cache may be read-only
            os.utime(ready)
        return ready
    try:
        with (
            exclusive(folder / LOCK) as alone,
            tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as temporary,
        ):
            write = _write_here if here else _run_child
            target = _export(
                run, form, folder, Path(temporary), lambda name, copy, out: write(name, copy, out, form, stop)
            )
            if alone:
                tidy(folder, keep=Path(temporary))
            return target
    except OSError as error:
        raise UserError(f"the exported network can't be written to {folder} ({error.strerror or error})") from error


def _export(run: Run, form: Format, folder: Path, temporary: Path, write: Callable[[str, Path, Path], None]) -> Path:
    """Export ``run`` to ``folder`` through ``temporary``, unless another process has done so meanwhile.

    ``write`` takes the run's name, a copy of it, and the folder to make.
    """
    # A training may replace the weights at any moment; copying them ensures that the hash matches what is exported.
    snapshot = Run(temporary / "run", published=False)
    snapshot.path.mkdir()
    for file in (run.path / "config.yaml", run.weights, run.path / calibration.FILE):
        if file.exists() or file.name != calibration.FILE:
            shutil.copyfile(file, snapshot.path / file.name)
    target = folder / _key(snapshot, form, sha256(snapshot.weights))
    if not graph_files.intact(target):
        try:
            write(run.name, snapshot.path, temporary / "graphs")
        except UserError as error:  # name the run, not the temporary copy
            raise UserError(str(error).replace(str(snapshot.path.resolve()), str(run.path))) from error
        graph_files.record(temporary / "graphs")
        if target.exists():
            target.rename(temporary / "damaged")
        (temporary / "graphs").rename(target)
    return target


def tidy(folder: Path, keep: Path | None = None) -> None:
    """Delete the least recently used networks and the leftovers of killed exports, but not ``keep``.

    The caller holds the lock of the folder, and no other process does together with it.
    """
    entries = [path for path in folder.iterdir() if path.is_dir() and path != keep]
    complete = sorted((path for path in entries if path.name[0] != "."), key=lambda path: path.stat().st_mtime)
    killed = [path for path in entries if path.name[0] == "."]
    for path in complete[:-KEPT] + killed:
        shutil.rmtree(path, ignore_errors=True)


def _run_child(name: str, run: Path, out: Path, form: Format, stop: threading.Event | None) -> None:
    """Write the graphs of the run at ``run`` to ``out`` in a child process; ``stop`` kills it.

    TensorFlow is started only where it is needed: for ONNX, and for networks that can't be exported without it.
    """
    if form == "onnx":
        installed.demand(f"the export of {name} to ONNX", *PACKAGES[form])
        backends: tuple[Backend, ...] = ("tensorflow",)
    else:
        backends = ("openvino", "tensorflow") if installed.is_installed("tensorflow") else ("openvino",)
    for backend in backends:
        code, last = export_child.run(run.resolve(), out.resolve(), form, backend, stop)
        if stop is not None and stop.is_set():
            raise UserError(f"the export of {name} to {TITLES[form]} was stopped")
        if code != export_child.NEEDS_TENSORFLOW:
            break
    if code == export_child.NEEDS_TENSORFLOW:
        last = installed.lacking(f"{last}, so it", "tensorflow")
    if code:
        raise UserError(f"the model {name} can't be exported to {TITLES[form]}: {last}")


def _write_here(name: str, run: Path, out: Path, form: Format, stop: threading.Event | None) -> None:
    """Do what ``_run_child`` does in this process, for several networks one after the other.

    If Keras has been imported already, its backend may be another one, whose graphs differ in the last bit.
    """
    if "keras" in sys.modules and os.environ.get("KERAS_BACKEND") != "openvino":
        _run_child(name, run, out, form, stop)
        return
    os.environ["KERAS_BACKEND"] = "openvino"
    try:
        write_graphs(Run(run, published=False), out)
    except UserError as error:
        raise UserError(f"the model {name} can't be exported to {TITLES[form]}: {error}") from error
    except NeedsTensorFlowError:
        _run_child(name, run, out, form, stop)


def _key(run: Run, form: Format, digest: str) -> str:
    """Return the hash of everything the exported files depend on; ``digest`` is the SHA-256 of the weights."""
    parts = [VERSION, run.experiment.model.model_dump(mode="json"), run.experiment.data.image_size, digest]
    if form == "onnx":
        parts.append(deployment.facts(run))  # its metadata
    if found := run.calibration:
        parts += found.facts()
    return hash_of(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def write_graphs(run: Run, out: Path) -> None:
    """Write ``float32.xml`` and ``bfloat16.xml``, with their ``.bin`` and for one image, to the new folder ``out``.

    Imports Keras, and TensorFlow if that is its backend, so a server runs it in a child process. Raises as
    ``keras_networks.graph``.
    """
    graph = keras_networks.graph(run, out)
    import openvino

    from models.inference import logits
    from models.inference.graph_rewrite import softmax_last, to_ordinary

    softmax_last(graph)
    if adjustment := run.adjustment:
        logits.adjust_graph(graph, adjustment)
    openvino.serialize(graph, str(out / "float32.xml"))
    to_ordinary(graph)
    # The engine keeps a graph's constants beside what it computes with; float16 rounds less than bfloat16 does.
    openvino.save_model(graph, str(out / "bfloat16.xml"), compress_to_fp16=True)


def write_onnx(run: Run, out: Path) -> None:
    """Write ``model.onnx``, for one image and in float32, to the new folder ``out``.

    Its input is ``image``, its output ``scores``; the metadata explain how to call it. Otherwise as ``write_graphs``.
    """
    model = keras_networks.load(run)
    import keras
    import onnx

    signature = [keras.InputSpec(shape=(1, *run.experiment.data.image_size, 3), dtype="float32", name="image")]
    keras_networks.make_folder(out, model)
    file = out / "model.onnx"
    model.export(str(file), format="onnx", verbose=False, input_signature=signature)
    graph = onnx.load(file)
    (output,) = graph.graph.output
    for node in graph.graph.node:
        node.output[:] = ["scores" if name == output.name else name for name in node.output]
    output.name = "scores"
    onnx.helper.set_model_props(graph, deployment.facts(run))
    onnx.checker.check_model(graph)
    onnx.save(graph, file)
