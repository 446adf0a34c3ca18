"""The least time that a network can take on this machine, from what its cores and its memory do at best.

The rates are measured, on large convolutions and matrix products that OpenVINO computes with every core. A network
can't take less time than its multiplications at that rate, nor than its weights, its image and its scores need to come
from memory or go there; what lies between two layers may stay in the caches.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as opset

from models.inference.benchmarks import measure
from models.inference.formats import PRECISIONS, Precision
from models.inference.graph_summary import Layer
from models.inference.predictor import native_precision
from train.engines import network

BYTES: dict[Precision, int] = {"float32": 4, "bfloat16": 2, "int8": 1}
"""Size of a weight or a value."""
CHANNELS, SIDE, DEPTH = 256, 64, 4
"""Of the chain of convolutions; matrices have ``4 * CHANNELS`` rows and columns."""
MEGABYTES = 256
"""Copied at a time by each core to measure the memory; far more than caches hold."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Machine:
    """What a machine does at best: multiply-accumulate operations in a second, in 10^9, and GB to and from memory."""

    gmacs: dict[Precision, float]
    gigabytes: float

    def least(self, layers: Sequence[Layer], precision: Precision) -> dict[str, float]:
        """Return the least milliseconds for one image: for ``computing``, for ``memory``, and the larger as ``least``.

        ``through_memory`` would be the time of the memory if no value stayed in a cache: each layer's values are then
        written once and read once.
        """
        computing = 1e-6 * sum(layer.macs for layer in layers) / self.gmacs[precision]
        weights = BYTES[precision] * sum(layer.parameters for layer in layers)
        last = layers[-1].shape
        ends = 4 * (last[0] * last[1] * (3 + last[2]))
        values = 2 * BYTES[precision] * sum(int(np.prod(layer.shape)) for layer in layers)
        memory, through = (1e-6 * size / self.gigabytes for size in (weights + ends, weights + values))
        found = {"computing": computing, "memory": memory, "least": max(computing, memory), "through_memory": through}
        return {name: round(value, 3) for name, value in found.items()}

    def described(self) -> dict[str, Any]:
        """Return it for the JSON."""
        return asdict(self)


def measured(seconds: float = 10, clock: Callable[[], float] | None = None) -> Machine:
    """Measure this machine; bfloat16 only where it is native. ``clock`` is that of ``benchmarks.measure``."""
    precisions = [one for one in PRECISIONS if one != "bfloat16" or native_precision() == "bfloat16"]
    work = {(name, one): (graph, macs) for name, (graph, macs) in _graphs().items() for one in precisions}
    calls = {f"{name} {one}": _call(graph(one == "int8"), one) for (name, one), (graph, _) in work.items()}
    copied, copy = _copy()
    times = measure({**calls, "memory": copy}, seconds, rounds=5, clock=clock)
    rates: dict[Precision, float] = {}
    for (name, one), (_, macs) in work.items():
        rate = 1e-6 * macs / times[f"{name} {one}"]["min"]
        rates[one] = round(max(rates.get(one, 0), rate), 1)
    return Machine(rates, round(1e-6 * copied / times["memory"]["min"], 1))


def _graphs() -> dict[str, tuple[Callable[[bool], openvino.Model], int]]:
    """Return what makes each graph, in int8 if asked, and its multiply-accumulate operations."""
    side = 4 * CHANNELS
    return {
        "convolutions": (_convolutions, DEPTH * SIDE * SIDE * CHANNELS * CHANNELS * 9),
        "matrices": (_matrices, DEPTH * side**3),
    }


def _convolutions(int8: bool) -> openvino.Model:
    image = opset.parameter([1, CHANNELS, SIDE, SIDE], np.float32)
    value = image.output(0)
    for _ in range(DEPTH):
        kernel = _weights((CHANNELS, CHANNELS, 3, 3), int8)
        value = opset.convolution(_rounded(value, int8), kernel, [1, 1], [1, 1], [1, 1], [1, 1]).output(0)
        value = opset.relu(value).output(0)
    return openvino.Model([value], [image])


def _matrices(int8: bool) -> openvino.Model:
    side = 4 * CHANNELS
    image = opset.parameter([side, side], np.float32)
    value = image.output(0)
    for _ in range(DEPTH):
        value = opset.relu(opset.matmul(_rounded(value, int8), _weights((side, side), int8), False, False)).output(0)
    return openvino.Model([value], [image])


def _weights(shape: tuple[int, ...], int8: bool) -> openvino.Output:
    """Return random weights that neither grow nor shrink what they are multiplied with."""
    inputs = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
    values = np.random.default_rng(0).normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)
    constant = opset.constant(values).output(0)
    if not int8:
        return constant
    widest = np.abs(values).max(keepdims=True)
    return opset.fake_quantize(constant, -widest, widest, -widest, widest, 255).output(0)


def _rounded(value: openvino.Output, int8: bool) -> openvino.Output:
    if not int8:
        return value
    low, high = np.float32(0), np.float32(6)
    return opset.fake_quantize(value, low, high, low, high, 256).output(0)


def _call(graph: openvino.Model, precision: Precision) -> Callable[[], object]:
    """Return what runs a graph once."""
    core = openvino.Core()
    hint = "bf16" if precision == "bfloat16" else "f32"
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint}
    request = core.compile_model(graph, "CPU", hints).create_infer_request()
    shape = graph.inputs[0].shape
    values = np.abs(np.random.default_rng(0).normal(size=tuple(shape))).astype(np.float32)
    return lambda: request.infer([values])


def _copy() -> tuple[int, Callable[[], object]]:
    """Return how many bytes a copy of large arrays by all cores reads and writes, and what does it."""
    cores = network.cores()
    arrays = [(np.ones(MEGABYTES << 17), np.ones(MEGABYTES << 17)) for _ in range(cores)]
    threads = ThreadPoolExecutor(cores)
    return 2 * cores * (MEGABYTES << 20), lambda: list(threads.map(lambda pair: np.copyto(*pair), arrays))
