"""Exports a network to OpenVINO or ONNX, once for each set of weights.

Keras is needed only here, and only in a child process, so prediction never imports it. A graph is cached under the hash
of everything it depends on; one that is damaged there is exported again.
"""

import contextlib
import gc
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from configs import disk, installed, paths
from configs.errors import UserError
from configs.files import sha256
from data.locks import exclusive
from models.inference import deployment, export_child, graph_files
from models.inference.export_child import Backend
from models.inference.formats import TITLES, Format
from models.runs import weights
from models.runs.run import Run

if TYPE_CHECKING:
    import keras
    import openvino

Result = TypeVar("Result")

KEPT = 32
"""Number of networks kept in the cache, the most recently used ones."""

FOLDERS: dict[Format, str] = {"openvino": "compiled", "onnx": "onnx"}
"""Folder of each format in the cache."""

PACKAGES: dict[Format, tuple[str, ...]] = {"openvino": (), "onnx": ("tensorflow", "tf2onnx")}
"""What each format needs that may be missing."""

VERSION = 2
"""Incremented whenever this file, ``channels_first.py`` or ``graph_rewrite.py`` produces another graph from the same
network."""


class NeedsTensorFlowError(Exception):
    """The network can't be exported by Keras's OpenVINO backend; the message says why."""


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
        _tidy(folder, keep=temporary)
    return target


def _tidy(folder: Path, keep: Path) -> None:
    """Delete the least recently used networks and the leftovers of killed exports, but not ``keep``."""
    entries = [path for path in folder.iterdir() if path.is_dir() and path != keep]
    complete = sorted((path for path in entries if path.name[0] != "."), key=lambda path: path.stat().st_mtime)
    killed = [path for path in entries if path.name[0] == "."]  # this process holds the export lock
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


def _key(run: Run, form: Format, digest: str) -> str:
    """Return the hash of everything the exported files depend on; ``digest`` is the SHA-256 of the weights."""
    parts = [VERSION, run.experiment.model.model_dump(mode="json"), run.experiment.data.image_size, digest]
    if form == "onnx":
        parts.append(deployment.facts(run))  # its metadata
    return hash_of(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def write_graphs(run: Run, out: Path) -> None:
    """Write ``float32.xml`` and ``bfloat16.xml``, with their ``.bin`` and for one image, to the new folder ``out``.

    Imports Keras, and TensorFlow if that is Keras's backend, so it should run in a child process. The input of a graph
    is ``image``, its output ``scores``.

    Raises:
        UserError: If the weights do not fit.
        NeedsTensorFlowError: If Keras's backend is OpenVINO, and can't build this network.
    """
    graph = _graph(run, out)
    import openvino

    from models.inference.graph_rewrite import to_ordinary

    openvino.serialize(graph, str(out / "float32.xml"))
    to_ordinary(graph)
    openvino.serialize(graph, str(out / "bfloat16.xml"))


def _graph(run: Run, out: Path) -> "openvino.Model":
    """Return the graph of a run's network as Keras exports it, and make the new folder ``out``."""
    import keras

    model = _load_channels_first(run) if keras.backend.backend() == "openvino" else _load(run)
    _make_folder(out, model)
    import openvino
    from openvino._offline_transformations import apply_moc_transformations

    signature = [keras.InputSpec(shape=(1, *run.experiment.data.image_size, 3), dtype="float32")]
    with tempfile.TemporaryDirectory(dir=out) as temporary:
        file = Path(temporary) / "keras.xml"
        model.export(str(file), format="openvino", verbose=False, input_signature=signature)
        del model
        gc.collect()  # small servers have no memory for three copies of the weights
        graph = openvino.Core().read_model(file)
        apply_moc_transformations(graph, True)  # folds batch norms and constants; Keras's OpenVINO backend does not
    graph.inputs[0].get_tensor().set_names({"image"})
    graph.outputs[0].get_tensor().set_names({"scores"})
    return graph


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
    """Return a run's network with its weights."""
    from models import architectures

    model = architectures.build(run.experiment, len(run.label_space))
    try:
        model.load_weights(run.weights)
    except (ValueError, OSError, KeyError) as error:
        raise UserError(f"{run.weights} does not hold the weights of the network in its config") from error
    return model


def _load_channels_first(run: Run) -> "keras.Model":
    """Return a run's network with its weights, as OpenVINO computes it fastest. Raises as ``write_graphs``."""
    from models.inference import channels_first

    try:
        return channels_first.rebuild(_load(run))
    except UserError:
        raise
    except Exception as error:  # Keras's backend raises many types for what it lacks
        raise NeedsTensorFlowError(" ".join(str(error).split())[:200]) from error
