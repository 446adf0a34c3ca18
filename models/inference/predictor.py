"""Predicts label maps for images of any size on OpenVINO, without importing Keras or TensorFlow."""

import dataclasses
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import openvino
from numpy.typing import NDArray

from configs.errors import UserError
from data.geometry import Letterbox, image_to_network, letterbox, scores_to_image
from data.label_space import LabelSpace
from data.pipeline import network_input
from data.row_chunks import row_chunks
from models.inference import cpu
from models.inference.export import exported
from models.inference.formats import Precision
from models.runs.run import Run

FLOAT32_ONLY = frozenset({"mobilenetv2_pix2pix"})
"""Architectures whose default precision is float32: bfloat16 changes more than a hundredth of their labels
(voc_mobilenetv2_pix2pix on val: 1.3 %) and saves a fifth of the time. It changes one to three in a thousand of a
U-Net's labels.
"""

_CORE = openvino.Core()


@dataclass(frozen=True)
class Prediction:
    """A model's prediction for an image."""

    labels: NDArray[np.uint8]  # (H, W) ids of the label space; never the void id
    confidence: NDArray[np.uint8]  # (H, W) probability of that label among the non-void classes, 0..255 for 0..1
    seconds: float  # duration, including preparation and resizing


def native_precision() -> Precision:
    """Return bfloat16 where this CPU computes it natively, else float32."""
    return "bfloat16" if "BF16" in _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "float32"


def fast_precision(cpuinfo: Path = cpu.CPUINFO) -> Precision:
    """Return bfloat16 where this CPU computes it natively and faster, else float32."""
    return "float32" if cpu.loses_by_bfloat16(cpu.features(cpuinfo)) else native_precision()


def usual_precision(run: Run) -> Precision:
    """Return the default precision for a run's network on this CPU."""
    return "float32" if run.experiment.model.architecture in FLOAT32_ONLY else fast_precision()


def resolve_precision(requested: Literal["auto", "float32", "bfloat16"], native: Precision) -> Precision:
    """Return the precision to compute in. Raises ``UserError`` for bfloat16 if not native: it would be emulated."""
    if requested == "bfloat16" and native == "float32":
        raise UserError("this CPU does not compute bfloat16 natively; choose the precision float32 or auto")
    return native if requested == "auto" else requested


class Predictor:
    """A run's network, ready to predict. Several threads may use one at once."""

    def __init__(self, run: Run, graph: Path, precision: Precision) -> None:
        """Compile a graph that ``models.export`` wrote for ``run``; see ``load`` for the usual way."""
        self.run = run
        self.label_space: LabelSpace = run.label_space
        self.precision = precision
        arithmetic = "bf16" if precision == "bfloat16" else "f32"
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": arithmetic}
        try:
            self._request = _CORE.compile_model(str(graph), "CPU", hints).create_infer_request()
        except RuntimeError as error:
            advice = f"delete the folder {graph.parent}, it is then exported again"
            raise UserError(f"{graph} is damaged; {advice}") from error
        # One inference uses all cores, so two at a time would gain nothing and cost twice the memory.
        self._lock = threading.Lock()
        self.network_scores(np.zeros((1, 1, 3), np.uint8))  # warm up: the first inference is slow

    @classmethod
    def load(cls, run: Run, precision: Literal["auto", "float32", "bfloat16"] = "auto") -> "Predictor":
        """Create the predictor of a run, exporting its network first if necessary.

        Args:
            run: A run with weights; a published one must match its checksums.
            precision: ``auto`` is bfloat16 where this CPU is faster in it and the network tolerates it, else float32.

        Raises:
            UserError: If the run is damaged, has no weights or can't be exported, or bfloat16 is not native.
        """
        resolved = usual_precision(run) if precision == "auto" else resolve_precision(precision, native_precision())
        return cls(run, exported(run) / f"{resolved}.xml", resolved)

    def network_scores(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Letterbox]:
        """Compute the scores of an upright RGB image ``(H, W, 3)`` at the network's resolution.

        Returns probabilities ``(h, w, C)`` that add up to 1, with 0 for a void class, and where the image lies in them.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"an image must be uint8 (H, W, 3), not {image.dtype} {image.shape}")
        data = self.run.experiment.data
        box = letterbox((image.shape[0], image.shape[1]), data.image_size, data.resize)
        batch = network_input(image_to_network(image, box), data.input_range)[None]
        return without_void(self.infer(batch)[0], self.label_space), box

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run only the network on an image ``(1, h, w, 3)`` of its size, in the config's ``data.input_range``.

        Returns the probabilities ``(1, h, w, C)``, including a void class.
        """
        with self._lock:
            return np.array(self._request.infer([batch])[0], np.float32)  # a copy: the next inference overwrites it

    def predict(self, image: NDArray[np.uint8], longest: int | None = None) -> Prediction:
        """Predict the label of every pixel of an upright RGB image ``(H, W, 3)``.

        ``longest`` limits the longer side of the label map, for display; None keeps the image's size.
        """
        start = time.perf_counter()
        scores, box = self.network_scores(image)
        if longest is not None and longest < max(box.image):
            height, width = (max(1, round(side * longest / max(box.image))) for side in box.image)
            box = dataclasses.replace(box, image=(height, width))
        labels, confidence = decide(scores, box, self.label_space.scored)
        return Prediction(labels, confidence, time.perf_counter() - start)


def without_void(scores: NDArray[np.float32], label_space: LabelSpace) -> NDArray[np.float32]:
    """Remove the void class's probability from ``(h, w, C)`` in place, renormalise the others and return them.

    Where void had all of it, the other classes share it evenly.
    """
    if label_space.void is None:
        return scores
    scores[..., label_space.void] = 0
    total = scores.sum(axis=2, keepdims=True)
    scores /= np.where(total > 0, total, 1)
    share = np.zeros(len(label_space), np.float32)
    share[list(label_space.scored)] = 1 / len(label_space.scored)
    scores += (total == 0) * share
    return scores


def decide(
    scores: NDArray[np.float32], box: Letterbox, classes: tuple[int, ...], chunk_pixels: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Resize scores ``(h, w, C)`` to the image's size and take the winner of each pixel, the lower id in a tie.

    ``classes`` are the ids that may win, ascending. ``chunk_pixels`` are processed at a time; the result does not
    depend on it. Returns the winner's id and its probability (0..255), both ``(H, W)``.
    """
    labels, confidence = np.empty(box.image, np.uint8), np.empty(box.image, np.uint8)
    planes = class_planes(scores, candidates(scores[box.window], classes))

    def fill(rows: slice) -> None:
        labels[rows], probability = winners(planes, box, rows)
        confidence[rows] = np.rint(probability * 255)

    chunks = list(row_chunks(box.image, chunk_pixels))
    if len(chunks) == 1:
        fill(chunks[0])
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(fill, chunks))
    return labels, confidence


def candidates(scores: NDArray[np.float32], classes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the classes that can win at some pixel: a superset of the winners, usually far smaller than ``classes``.

    After interpolation of ``scores`` ``(h, w, C)``, too, the winner has at least the mean probability of all classes.
    """
    eligible = scores[..., list(classes)]
    least = eligible.sum(axis=2).min() / len(classes)
    highest = eligible.max(axis=(0, 1))
    # Slightly less than the bound, because OpenCV rounds.
    return tuple(class_id for class_id, most in zip(classes, highest.tolist(), strict=True) if most >= 0.999 * least)


def class_planes(scores: NDArray[np.float32], classes: tuple[int, ...]) -> dict[int, NDArray[np.float32]]:
    """Return the scores ``(h, w, 1)`` of each class that may win, by its id; ``classes`` ascend."""
    return {class_id: np.ascontiguousarray(scores[..., class_id, None]) for class_id in classes}


def winners(
    planes: dict[int, NDArray[np.float32]], box: Letterbox, rows: slice
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the winning id of each pixel in some rows of the image, and its probability, both ``(rows, W)``.

    Works class by class: numpy's argmax over the last axis of ``(H, W, C)`` takes five times as long.
    """
    (first, plane), *others = planes.items()
    best = scores_to_image(plane, box, rows)[..., 0]
    winner = np.full(best.shape, first, np.uint8)
    for class_id, plane in others:
        candidate = scores_to_image(plane, box, rows)[..., 0]
        won = cv2.compare(candidate, best, cv2.CMP_GT).astype(np.uint8, copy=False)  # 255 where it won, else 0
        np.maximum(winner, won & np.uint8(class_id), out=winner)  # ids ascend, so the latest winner is the largest
        np.maximum(best, candidate, out=best)
    return winner, best
