"""Quantises a run's network with NNCF: only needed to make an int8 network, not to use one."""

import dataclasses
import logging
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from configs.errors import UserError
from configs.files import sha256, write_text
from data import store
from data.store import Samples
from models.inference import export, graph_summary, logits, predictor, quantisation
from models.inference.quantisation import Quantisation
from models.runs.run import Run

PICTURES = 300
"""Pictures to calibrate on, unless asked for otherwise."""


def calibration_pictures(run: Run, data_dir: Path, most: int) -> Samples:
    """Return up to ``most`` of the images that a run was trained on, always the same: the first by their SHA-256.

    Raises ``UserError`` if the dataset can't be read, or has none of these images.
    """
    samples = store.open_split(run.experiment.data.dataset, "train", data_dir)
    trained_on = run.training_images()
    chosen = [index for index, digest in enumerate(samples.hashes) if digest in trained_on]
    if not chosen:
        raise UserError(f"{data_dir}: its {run.dataset.title} has none of the pictures that {run.name} was trained on")
    return samples.subset(sorted(chosen, key=samples.hashes.__getitem__)[:most])


def quantise(run: Run, pictures: Samples, keep: Sequence[str] = ()) -> Quantisation:
    """Quantise a run's network, calibrated on some pictures, but for the layers called ``keep``.

    Raises ``UserError`` if NNCF is not installed, a layer is not known, or the network can't be exported.
    """
    nncf = _nncf()
    return export.using(run, "openvino", lambda folder: _quantise(nncf, run, folder / "float32.xml", pictures, keep))


def write(run: Run, made: Quantisation, pictures: Sequence[str]) -> None:
    """Write a quantisation, and the SHA-256 of each of the ``pictures`` it was calibrated on, into a run's folder."""
    try:
        write_text(run.calibration_images, "".join(f"{digest}\n" for digest in pictures))
        made.write(run.quantisation)
    except OSError as error:
        raise UserError(f"{run.quantisation} can't be written ({error.strerror or error})") from error


def _quantise(nncf: Any, run: Run, graph: Path, pictures: Samples, keep: Sequence[str]) -> Quantisation:
    core = openvino.Core()
    names = {layer.name: layer.operation for layer in graph_summary.read(graph)}
    if unknown := [name for name in keep if name not in names]:
        raise UserError(f"--keep {unknown[0]}: {run.name} has no such layer; it has {', '.join(names)}")
    batches = [network_batch(run, pictures[index].image) for index in range(len(pictures))]
    quantised = nncf.quantize(
        _as_trained(core, graph),
        nncf.Dataset(batches),
        subset_size=len(batches),
        ignored_scope=nncf.IgnoredScope(names=[names[name] for name in keep]),
        advanced_parameters=nncf.AdvancedQuantizationParameters(backend_params={"compress_weights": False}),
    )
    facts = {"made by": f"NNCF {version('nncf')}", "pictures": len(batches), "float32 layers": list(keep)}
    made = quantisation.between(_as_trained(core, graph), quantised, sha256(run.weights), facts)
    return dataclasses.replace(made, facts=facts | {"bytes": _size(_as_trained(core, graph), made)})


def _as_trained(core: openvino.Core, graph: Path) -> openvino.Model:
    """Read a graph with the logits as trained, so that the scales fit however they are adjusted later."""
    model = core.read_model(graph)
    logits.undo(model)
    return model


def network_batch(run: Run, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return an upright RGB image ``(H, W, 3)`` as the network's input ``(1, h, w, 3)``, in its own range."""
    return predictor.network_batch(run, image)[0]


def _size(plain: openvino.Model, made: Quantisation) -> int:
    """Return the bytes of the files of an int8 network."""
    made.applied(plain)
    with tempfile.TemporaryDirectory() as folder:
        openvino.serialize(plain, str(Path(folder) / "int8.xml"))
        return sum(file.stat().st_size for file in Path(folder).iterdir())


def _nncf() -> Any:
    """Import NNCF, which takes some seconds. Raises ``UserError`` if it is not installed."""
    try:
        import nncf
    except ImportError as error:
        raise UserError(
            f"quantising needs NNCF, which can't be imported ({error}); install it with pip install -r requirements.txt"
        ) from error
    nncf.set_log_level(logging.ERROR)
    return nncf
