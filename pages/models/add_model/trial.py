"""Runs a candidate on the check picture: quickly again after each change of how it is described."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.geometry import Letterbox, letterbox
from data.label_space import LabelSpace
from models.added import description, first_load
from models.added.adding import Staged
from models.added.description import Description
from models.added.engines import Array, Engine, output_index
from models.added.predictor import network_batch, read_output
from models.inference.score_maps import decide


@dataclass(frozen=True)
class Mask:
    """A candidate's prediction for a picture: ``labels`` is ``(H, W)`` uint8, ids of ``space``."""

    labels: NDArray[np.uint8]
    space: LabelSpace
    engine: str


class Trial:
    """Runs a candidate as it is described; the engine stays loaded, and the latest outputs are kept."""

    def __init__(self, staged: Staged) -> None:
        """Use the files of ``staged``, which are loaded when they are first needed."""
        self._files = [staged.folder / name for name in staged.facts.files]
        self._engine: tuple[object, Engine] | None = None
        self._latest: tuple[object, list[Array]] = (None, [])

    def mask(self, described: Description, digest: str, pixels: NDArray[np.uint8]) -> Mask:
        """Return the prediction for ``pixels``, ``(H, W, 3)`` RGB, which ``digest`` identifies.

        Raises ``UserError`` if the engine fails or the description does not fit.
        """
        engine = self._loaded(described)
        asked = described.engine, described.input, digest
        if self._latest[0] != asked:
            self._latest = asked, engine.infer(network_batch(pixels, _box(described, pixels), described.input))
        return _mask(engine, self._latest[1], described, pixels)

    def agreement(self, described: Description, digest: str, pixels: NDArray[np.uint8]) -> float:
        """Return the share of pixels that get the same class on ONNX Runtime. Raises as ``mask`` does."""
        here = self.mask(described, digest, pixels)
        section = described.input
        engine = first_load.open_engine("onnxruntime", self._files, "float32", section.size, section.layout)
        outputs = engine.infer(network_batch(pixels, _box(described, pixels), described.input))
        return float((_mask(engine, outputs, described, pixels).labels == here.labels).mean())

    def _loaded(self, described: Description) -> Engine:
        """Return the engine that is asked for; each input size is tried in a child process first."""
        asked = described.engine, described.input.size, described.input.layout
        if self._engine is None or self._engine[0] != asked:
            name, size, layout = asked
            self._engine = asked, first_load.open_engine(name, self._files, "float32", size, layout)
        return self._engine[1]


def _box(described: Description, pixels: NDArray[np.uint8]) -> Letterbox:
    return letterbox((pixels.shape[0], pixels.shape[1]), described.input.size, described.input.resize)


def _mask(engine: Engine, outputs: list[Array], described: Description, pixels: NDArray[np.uint8]) -> Mask:
    """Turn the outputs of an engine for ``pixels`` into a label map."""
    space = description.dataset_of(described, "model").label_space
    name = described.output.name
    values = outputs[0 if name is None else output_index(engine, name)]
    ids = description.ids_of(described, space)
    labels, _ = decide(read_output(values, _box(described, pixels), described, ids, space))
    return Mask(labels, space, engine.name)
