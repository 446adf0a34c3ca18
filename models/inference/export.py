"""Exports a network to OpenVINO or ONNX, once for each set of weights.

Keras and TensorFlow are needed only here, and only in a child process, so prediction never imports them. A graph is
cached under the hash of everything it depends on; one that is damaged there is exported again.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from configs import disk, paths
from configs.errors import UserError
from configs.files import sha256
from data.locks import exclusive
from models.inference import deployment, graph_files
from models.inference.formats import TITLES, Format
from models.runs import weights
from models.runs.run import Run

if TYPE_CHECKING:
    import keras

Result = TypeVar("Result")

KEPT = 32
"""Number of networks kept in the cache, the most recently used ones."""

FOLDERS: dict[Format, str] = {"openvino": "compiled", "onnx": "onnx"}
"""Folder of each format in the cache."""

VERSION = 1
"""Incremented whenever this file or ``graph_rewrite.py`` produces another graph from the same network."""


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


def is_exported(run: Run, form: Format, digest: str) -> bool:
    """Return whether a run has been exported and is undamaged; ``digest`` is the SHA-256 of its weights."""
    return graph_files.intact(paths.cache_dir() / FOLDERS[form] / _key(run, form, digest))


def export(run: Run, form: Format, stop: threading.Event | None = None) -> Path:
    """Return the folder with the files of a run in a format, exporting it first if necessary.

    Raises:
        UserError: If a published run is damaged, there are no weights, the export fails, or ``stop`` is set meanwhile.
    """
    if run.published:
        weights.verify(run.path)
    if not run.weights.is_file():
        raise UserError(f"{run.path} has no {run.weights.name}; {run.missing_weights_reason()}")
    folder = paths.cache_dir() / FOLDERS[form]
    if graph_files.intact(ready := folder / _key(run, form, sha256(run.weights))):
        with contextlib.suppress(OSError):  # the cache may be read-only
            os.utime(ready)
        return ready
    try:
        with exclusive(folder / "export.lock"), tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as temporary:
            return _export(run, form, folder, Path(temporary), stop)
    except OSError as error:
        raise UserError(f"the exported network can't be written to {folder} ({error.strerror or error})") from error


def _export(run: Run, form: Format, folder: Path, temporary: Path, stop: threading.Event | None) -> Path:
    """Export ``run`` to ``folder`` through ``temporary``, unless another process has done so meanwhile."""
    # A training may replace the weights at any moment; copying them ensures that the hash matches what is exported.
    snapshot = Run(temporary / "run", published=False)
    snapshot.path.mkdir()
    for file in (run.path / "config.yaml", run.weights):
        shutil.copyfile(file, snapshot.path / file.name)
    target = folder / _key(snapshot, form, sha256(snapshot.weights))
    if not graph_files.intact(target):
        try:
            _run_child(run.name, snapshot.path, temporary / "graphs", form, stop)
        except UserError as error:  # name the run, not the temporary copy
            raise UserError(str(error).replace(str(snapshot.path.resolve()), str(run.path))) from error
        graph_files.record(temporary / "graphs")
        if target.exists():
            target.rename(temporary / "damaged")
        (temporary / "graphs").rename(target)
        tidy(folder, keep=temporary)
    return target


def tidy(folder: Path, keep: Path) -> None:
    """Delete the least recently used networks and the leftovers of killed exports, but not ``keep``.

    The caller holds the lock of the folder.
    """
    entries = [path for path in folder.iterdir() if path.is_dir() and path != keep]
    complete = sorted((path for path in entries if path.name[0] != "."), key=lambda path: path.stat().st_mtime)
    killed = [path for path in entries if path.name[0] == "."]
    for path in complete[:-KEPT] + killed:
        shutil.rmtree(path, ignore_errors=True)


def _run_child(name: str, run: Path, out: Path, form: Format, stop: threading.Event | None) -> None:
    """Write the graphs of the run at ``run`` to ``out`` in a child process; ``stop`` kills it."""
    quiet = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    child = subprocess.Popen(
        [sys.executable, "-m", "models.export", "--format", form, str(run.resolve()), str(out.resolve())],
        cwd=paths.ROOT,
        env={**os.environ, **quiet},
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
    if stop is not None and stop.is_set():
        raise UserError(f"the export of {name} to {TITLES[form]} was stopped")
    if child.returncode:
        last = (stderr.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
        raise UserError(f"the model {name} can't be exported to {TITLES[form]}: {last.removeprefix('error: ')}")


def _wait(child: "subprocess.Popen[str]", stop: threading.Event | None) -> str:
    """Wait for a process, killing it when ``stop`` is set; return its stderr."""
    while True:
        try:
            return child.communicate(timeout=None if stop is None else 0.2)[1]
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                child.kill()


def _key(run: Run, form: Format, digest: str) -> str:
    """Return the hash of everything the exported files depend on; ``digest`` is the SHA-256 of the weights."""
    parts = [VERSION, run.experiment.model.model_dump(mode="json"), run.experiment.data.image_size, digest]
    if form == "onnx":
        parts.append(deployment.facts(run))  # its metadata
    return hash_of(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def write_graphs(run: Run, out: Path) -> None:
    """Write ``float32.xml`` and ``bfloat16.xml``, with their ``.bin`` and for one image, to the new folder ``out``.

    Imports Keras and TensorFlow, so it should run in a child process. Raises ``UserError`` if the weights do not fit.
    """
    model = _load(run)
    import keras
    import openvino

    from models.inference.graph_rewrite import to_ordinary

    signature = [keras.InputSpec(shape=(1, *run.experiment.data.image_size, 3), dtype="float32")]
    _make_folder(out, model)
    model.export(str(out / "float32.xml"), format="openvino", verbose=False, input_signature=signature)
    graph = openvino.Core().read_model(out / "float32.xml")
    to_ordinary(graph)
    openvino.serialize(graph, str(out / "bfloat16.xml"))


def write_onnx(run: Run, out: Path) -> None:
    """Write ``model.onnx``, for one image and in float32, to the new folder ``out``.

    Its input is ``image``, its output ``scores``; the metadata explain how to call it. Otherwise as ``write_graphs``.
    """
    model = _load(run)
    import keras
    import onnx

    signature = [keras.InputSpec(shape=(1, *run.experiment.data.image_size, 3), dtype="float32", name="image")]
    _make_folder(out, model)
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


def _make_folder(out: Path, model: "keras.Model") -> None:
    """Make the new folder ``out`` if it has room for two graphs; OpenVINO calls a full disk an iostream error."""
    out.mkdir(parents=True)
    room = out / "room"
    try:
        disk.check_space(room, 2 * (4 * model.count_params() + 1_000_000))
        room.unlink()
    except OSError as error:
        shutil.rmtree(out)
        raise OSError(error.errno, error.strerror, str(out)) from error


def _load(run: Run) -> "keras.Model":
    """Return a run's network with its weights; call it before importing Keras, because it selects the backend."""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the conversion fails on JAX
    from models import architectures

    model = architectures.build(run.experiment, len(run.label_space))
    try:
        model.load_weights(run.weights)
    except (ValueError, OSError, KeyError) as error:
        raise UserError(f"{run.weights} does not hold the weights of the network in its config") from error
    return model
