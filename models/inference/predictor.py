"""Predicts label maps for images of any size, without importing Keras or TensorFlow."""

import dataclasses
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from configs.errors import UserError
from data.geometry import Letterbox, image_to_network, letterbox
from data.label_space import LabelSpace
from data.pipeline import network_input
from models.added import first_load, openvino_graphs
from models.inference import cpu, export, graph_rewrite, int8_overflow, quantised, responses
from models.inference.compiled_network import CompiledNetwork
from models.inference.formats import Precision, Requested
from models.inference.score_maps import Probabilities, ScoreMap, decide
from models.runs import familiarity, int8_rest
from models.runs.familiarity import Familiarity, Verdict
from models.runs.model import Model
from models.runs.run import Run

FLOAT32_ONLY = frozenset({"mobilenetv2_pix2pix"})
"""Architectures whose default precision is float32: bfloat16 changes more than a hundredth of their labels
(voc_mobilenetv2_pix2pix on val: 1.3 %) and saves a fifth of the time. It changes one to three in a thousand of a
U-Net's labels.
"""

HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16"}
"""OpenVINO's names of what it can compute floating-point operations in."""

_CORE = openvino.Core()


@dataclass(frozen=True)
class Prediction:
    """A model's prediction for an image."""

    labels: NDArray[np.uint8]  # (H, W) ids of the label space; never the void id
    confidence: NDArray[np.uint8] | None  # (H, W) probability of that label among the non-void classes, 0..255 for 0..1
    seconds: float  # duration, including preparation and resizing
    verdict: Verdict | None = None  # whether the image is like those the model was trained on; None if unknown


class Predictor(ABC):
    """A model that is ready to predict. Several threads may use one at once.

    Attributes:
        model: The model.
        precision: The arithmetic it computes in.
        engine: Name, version and precision of what runs it.
        familiarity_fault: Why it can't tell images unlike its training images though it should; empty if it can, or
            was never meant to.
        streams: How many pictures it computes at a time.
        used: When it last computed, on the clock of ``time.monotonic``; 0 if that is not known.
    """

    model: Model
    precision: Precision
    engine: str
    streams: int = 1
    used: float = 0
    familiarity_fault: str = ""

    @property
    def label_space(self) -> LabelSpace:
        """The classes of the ids it predicts."""
        return self.model.label_space

    @abstractmethod
    def score_map(self, image: NDArray[np.uint8]) -> ScoreMap:
        """Run the network on an upright RGB image ``(H, W, 3)``. Raises ``UserError`` if the engine fails."""

    def network_labels(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Verdict | None]:
        """Predict the labels of an upright RGB image ``(H, W, 3)`` at the network's resolution, without confidence.

        Returns ids ``(h, w)``, as many as pixels of the network's input show the image, and whether the image is like
        those the model was trained on; None if that is unknown. Raises ``UserError`` if the engine fails.
        """
        scores = self.score_map(image)
        box = dataclasses.replace(scores.box, image=(scores.box.height, scores.box.width))
        labels, _ = decide(dataclasses.replace(scores, box=box))  # type: ignore[type-var]
        return labels, scores.verdict

    @abstractmethod
    def network_call(self) -> Callable[[], object]:
        """Return a function that runs only the network, on a random input, to be timed."""

    def rest(self, seconds: float) -> bool:
        """Give back the memory of computing, until it computes again, if it has not computed for so many seconds.

        Returns whether there was any to give back.
        """
        return False

    def predict(self, image: NDArray[np.uint8], longest: int | None = None) -> Prediction:
        """Predict the label of every pixel of an upright RGB image ``(H, W, 3)``.

        ``longest`` limits the longer side of the label map, for display; None keeps the image's size. Raises
        ``UserError`` if the engine fails.
        """
        start = time.perf_counter()
        scores = self.score_map(image)
        size = scores.box.image
        if longest is not None and longest < max(size):
            height, width = (max(1, round(side * longest / max(size))) for side in size)
            box = dataclasses.replace(scores.box, image=(height, width))
            scores = dataclasses.replace(scores, box=box)  # type: ignore[type-var]
        labels, confidence = decide(scores)
        return Prediction(labels, confidence, time.perf_counter() - start, scores.verdict)


def check_image(image: NDArray[np.uint8]) -> None:
    """Raise ``ValueError`` unless ``image`` is uint8 ``(H, W, 3)`` and not empty."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image must be uint8 (H, W, 3), not {image.dtype} {image.shape}")


class RunPredictor(Predictor):
    """The network of a run, on OpenVINO.

    Attributes:
        familiarity: What tells images unlike those the run was trained on; None without it, or if it is at fault.
    """

    familiarity: Familiarity | None = None
    _resting: float | None = None  # since which use it rests

    def __init__(
        self, run: Run, graph: Path, precision: Precision, streams: int = 1, rest: Precision = "float32"
    ) -> None:
        """Compile a graph that ``models.export`` wrote for ``run``; see ``load`` for the usual way."""
        self.model = self.run = run
        self.precision, self.streams = precision, streams
        floats = rest if precision == "int8" else precision
        beside = " and bfloat16" if floats == "bfloat16" != precision else ""
        self.engine = f"OpenVINO {version('openvino')} {precision}{beside}"
        hints: dict[str, Any] = {"INFERENCE_PRECISION_HINT": HINTS[floats], "PERFORMANCE_HINT": "LATENCY"}
        if streams > 1:
            # Not pinned to cores: several models would share one, and leave others idle.
            hints |= {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": streams, "ENABLE_CPU_PINNING": False}
        if precision == "int8" and int8_overflow.here(run):
            hints["LP_TRANSFORMS_MODE"] = False
        files = [graph, graph.with_suffix(".bin")]
        try:
            first_load.check("openvino", files, precision, run.experiment.data.image_size, "NHWC")
            self._network = CompiledNetwork(graph, hints, self._change, streams)
        except (RuntimeError, UserError) as error:
            advice = f"delete the folder {graph.parent}, it is then exported again"
            reason = error if isinstance(error, UserError) else openvino_graphs.reason(error)
            raise UserError(f"the network of {run.name} can't be used ({reason}); {advice}") from error
        self.network_scores(np.zeros((1, 1, 3), np.uint8))  # warm up: the first inference is slow

    @classmethod
    def load(
        cls, run: Run, precision: Requested = "auto", streams: int = 1, rest: Precision | None = None
    ) -> "RunPredictor":
        """Create the predictor of a run, exporting its network first if necessary or if what was exported is damaged.

        Args:
            run: A run with weights; a published one must match its checksums.
            precision: ``auto`` is what ``usual_precision`` returns.
            streams: How many pictures it computes at a time; they share the cores. One at a time uses all.
            rest: In what an int8 network computes what is left out of int8; None is what ``rest_precision`` returns.

        Raises:
            UserError: If the run is damaged, has no weights or can't be exported, bfloat16 is not native, there is no
                quantisation for int8, or the run has another precision of its own.
        """
        if run.precision is not None and precision not in ("auto", run.precision):
            raise UserError(f"{run.name} is always computed in {run.precision}, not in {precision}")
        resolved = usual_precision(run) if precision == "auto" else resolve_precision(precision, native_precision())
        if resolved == "int8":
            floats = rest or rest_precision(run)
            return quantised.using(run, lambda folder: cls(run, folder / quantised.GRAPH, resolved, streams, floats))
        return export.using(run, "openvino", lambda folder: cls(run, folder / f"{resolved}.xml", resolved, streams))

    def score_map(self, image: NDArray[np.uint8]) -> Probabilities:
        """Run the network on an upright RGB image ``(H, W, 3)``."""
        batch, box = network_batch(self.run, image)
        scores, verdict = self._infer(batch)
        return Probabilities(without_void(scores[0], self.label_space), box, self.label_space.scored, verdict=verdict)

    def network_labels(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Verdict | None]:
        """Predict labels ``(h, w)`` at the network's resolution; see ``Predictor``.

        Confidence needs void's probability shared among the other classes, which takes several passes over all scores;
        the winner does not.
        """
        batch, box = network_batch(self.run, image)
        probabilities, verdict = self._infer(batch)
        scores = probabilities[0][box.window]
        if (void := self.label_space.void) is not None:
            scores[..., void] = -1  # below every probability
        return scores.argmax(axis=2).astype(np.uint8), verdict

    def network_scores(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Letterbox]:
        """Compute the scores of an upright RGB image ``(H, W, 3)`` at the network's resolution.

        Returns probabilities ``(h, w, C)`` that add up to 1, with 0 for a void class, and where the image lies in them.
        """
        batch, box = network_batch(self.run, image)
        return without_void(self.infer(batch)[0], self.label_space), box

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run only the network on an image ``(1, h, w, 3)`` of its size, in the config's ``data.input_range``.

        Returns the probabilities ``(1, h, w, C)``, including a void class.
        """
        return self._infer(batch)[0]

    def _infer(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], Verdict | None]:
        with self._network.outputs(batch) as outputs:
            scores = np.array(outputs[0], np.float32)  # the only copy: the next inference overwrites the outputs
            self.used = time.monotonic()
            return scores, None if self.familiarity is None else self.familiarity.verdict(outputs[1])

    def _change(self, network: openvino.Model) -> None:
        """Let the network also compute what familiarity is judged by, if the run's file for it is sound."""
        graph_rewrite.softmax_first(network)
        try:
            found = familiarity.read(self.run)
            if found is not None:
                responses.add(network, len(found.channels))
            self.familiarity = found
        except UserError as error:
            self.familiarity_fault = str(error)

    def network_call(self) -> Callable[[], object]:
        """Return a function that runs only the network, on a random image."""
        return partial(self.infer, noise(self.run))

    def rest(self, seconds: float) -> bool:
        """Give back the memory of computing if it has not computed for so long; see ``Predictor``."""
        if self._resting == self.used or time.monotonic() - self.used <= seconds:
            return False
        self._resting = self.used
        self._network.release_memory()
        return True


def network_batch(run: Run, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Letterbox]:
    """Return an upright RGB image ``(H, W, 3)`` as a network's input ``(1, h, w, 3)``, and where it lies in that."""
    check_image(image)
    data = run.experiment.data
    box = letterbox((image.shape[0], image.shape[1]), data.image_size, data.resize)
    return network_input(image_to_network(image, box), data.input_range)[None], box


def noise(run: Run) -> NDArray[np.float32]:
    """Return a random image in a network's input size and range, ``(1, h, w, 3)``."""
    low, high = run.experiment.data.input_range
    size = (1, *run.experiment.data.image_size, 3)
    return np.random.default_rng(0).uniform(low, high, size).astype(np.float32)


def native_precision() -> Precision:
    """Return bfloat16 where this CPU computes it natively, else float32."""
    return "bfloat16" if "BF16" in _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "float32"


def fast_precision(cpuinfo: Path = cpu.CPUINFO) -> Precision:
    """Return bfloat16 where this CPU computes it natively and faster, else float32."""
    return "float32" if cpu.loses_by_bfloat16(cpu.features(cpuinfo)) else native_precision()


def usual_precision(model: Model) -> Precision:
    """Return the default precision for a model on this CPU; one that came as a file is run as it was written.

    It is bfloat16 where this CPU is faster in it and the network tolerates it, else float32; int8 only for a model that
    is offered in it beside the run itself.
    """
    if model.precision is not None:
        return model.precision
    if not isinstance(model, Run) or model.experiment.model.architecture in FLOAT32_ONLY:
        return "float32"
    return fast_precision()


def rest_precision(run: Run) -> Precision:
    """Return in what a run's int8 network computes here what is left out of int8.

    It is bfloat16 where this CPU is faster in it and that was chosen for the run, else float32.
    """
    return int8_rest.chosen(run) if fast_precision() == "bfloat16" else "float32"


def resolve_precision(requested: Requested, native: Precision) -> Precision:
    """Return the precision to compute in. Raises ``UserError`` for bfloat16 if not native: it would be emulated."""
    if requested == "bfloat16" and native == "float32":
        raise UserError("this CPU does not compute bfloat16 natively; choose the precision float32 or auto")
    return native if requested == "auto" else requested


def without_void(scores: NDArray[np.float32], label_space: LabelSpace) -> NDArray[np.float32]:
    """Remove the void class's probability from ``(h, w, C)`` in place, renormalise the others and return them.

    Where void had all of it, the other classes share it evenly.
    """
    if label_space.void is None:
        return scores
    scores[..., label_space.void] = 0
    total = scores.sum(axis=2, keepdims=True)
    scores /= np.where(total > 0, total, 1)
    only_void = total[..., 0] == 0  # (h, w)
    if only_void.any():
        share = np.zeros(len(label_space), np.float32)
        share[list(label_space.scored)] = 1 / len(label_space.scored)
        scores[only_void] = share
    return scores
