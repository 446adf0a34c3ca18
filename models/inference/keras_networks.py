"""Loads a run's network with Keras and gives its OpenVINO graph; imports Keras when called."""

import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from configs import disk
from configs.errors import UserError
from models.runs.run import Run

if TYPE_CHECKING:
    import keras
    import openvino

UNUSED = {
    **dict.fromkeys(("jax", "pandas", "sklearn", "tensorflow")),
    "scipy.signal": ModuleType("scipy.signal"),  # Keras demands it, but uses it only for sound
}
"""What Keras imports with OpenVINO as its backend, for longer than itself, and does without."""


class NeedsTensorFlowError(Exception):
    """The network can't be exported by Keras's OpenVINO backend; the message says why."""


def make_folder(out: Path, model: "keras.Model") -> None:
    """Make the new folder ``out`` if it has room for two graphs; OpenVINO calls a full disk an iostream error."""
    out.mkdir(parents=True)
    room = out / "room"
    try:
        disk.check_space(room, 2 * (4 * model.count_params() + 1_000_000))
        room.unlink()
    except OSError as error:
        shutil.rmtree(out)
        raise OSError(error.errno, error.strerror, str(out)) from error


def load(run: Run) -> "keras.Model":
    """Return a run's network with its weights, its logits adjusted as the run's calibration says."""
    model = _load_as_trained(run)
    if adjustment := run.adjustment:
        from models.inference import logits

        logits.adjust(model, adjustment)
    return model


def _load_as_trained(run: Run) -> "keras.Model":
    """Return a run's network with its weights as they are."""
    from models import architectures

    model = architectures.build(run.experiment, len(run.label_space))
    try:
        model.load_weights(run.weights)
    except (ValueError, OSError, KeyError) as error:
        raise UserError(f"{run.weights} does not hold the weights of the network in its config") from error
    return model


def _load_channels_first(run: Run) -> "keras.Model":
    """Return a run's network with its weights, as OpenVINO computes it fastest. Raises as ``graph``."""
    from models.inference import channels_first

    try:
        with _undrawn():
            return channels_first.rebuild(_load_as_trained(run))
    except UserError:
        raise
    except Exception as error:  # Keras's backend raises many types for what it lacks
        raise NeedsTensorFlowError(" ".join(str(error).split())[:200]) from error


@contextlib.contextmanager
def _undrawn() -> Iterator[None]:
    """Let weights of new layers begin with zeros: drawing them takes longer than loading those that replace them."""
    import keras

    add_weight = keras.Layer.add_weight

    def add_zeros(self: keras.Layer, *shape: Any, **options: Any) -> Any:
        return add_weight(self, *shape, **{**options, "initializer": "zeros"})

    keras.Layer.add_weight = add_zeros
    try:
        yield
    finally:
        keras.Layer.add_weight = add_weight


@contextlib.contextmanager
def _hidden(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    """Let imports of ``modules`` that have not been imported yet find these instead, or nothing."""
    absent = {name: instead for name, instead in modules.items() if name not in sys.modules}
    sys.modules.update(absent)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def graph(run: Run, out: Path) -> "openvino.Model":
    """Return the graph of a run's network, for one image and in float32, and make the new folder ``out``.

    Its logits are not adjusted. The backend of Keras decides how. The input is ``image``, the
    output ``scores``.

    Raises:
        UserError: If the weights do not fit.
        NeedsTensorFlowError: If the backend is OpenVINO, and can't build this network.
    """
    with _hidden(UNUSED if os.environ.get("KERAS_BACKEND") == "openvino" else {}):
        import keras

        model = _load_channels_first(run) if keras.backend.backend() == "openvino" else _load_as_trained(run)
        make_folder(out, model)
        signature = [keras.InputSpec(shape=(1, *run.experiment.data.image_size, 3), dtype="float32")]
        with tempfile.TemporaryDirectory(dir=out) as temporary:
            file = Path(temporary) / "keras.xml"
            model.export(str(file), format="openvino", verbose=False, input_signature=signature)
            del model
            gc.collect()  # small servers have no memory for three copies of the weights
            return _folded(file)


def _folded(file: Path) -> "openvino.Model":
    """Read a graph and fold its batch norms and constants, which Keras's OpenVINO backend does not do."""
    import openvino
    from openvino._offline_transformations import apply_moc_transformations

    model = openvino.Core().read_model(file)
    apply_moc_transformations(model, True)
    model.inputs[0].get_tensor().set_names({"image"})
    model.outputs[0].get_tensor().set_names({"scores"})
    return model
