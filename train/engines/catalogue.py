"""Every engine of the benchmark: what it needs, how it is made, and whether it computes what it should."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from configs import installed
from configs.errors import UserError
from models.inference import benchmarks
from models.inference.formats import PRECISIONS, Precision
from models.inference.predictor import native_precision
from models.runs.run import Run
from train.engines import keras_engines, litert_engines, onnx_runtime, openvino_engines, pytorch
from train.engines.network import Batch, Infer, Network

PACKAGES = {
    "tensorflow": "tensorflow",
    "tf2onnx": "tf2onnx",
    "torch": "torch",
    "onnxruntime": "onnxruntime",
    "ai_edge_litert": "ai-edge-litert",
}
"""The packages that bring the modules which engines need, all in requirements-benchmark.txt."""

MOST_MOVED: dict[Precision, float] = {"float32": 0.001, "bfloat16": 0.05, "int8": 0.25}
"""How much of the probability, on average over the pixels, may lie on other classes than OpenVINO says in float32."""


@dataclass(frozen=True)
class Kind:
    """An engine in a precision; ``load`` makes it of a network, with what ``modules`` bring."""

    title: str
    precision: Precision
    load: Callable[[Network], Infer]
    modules: tuple[str, ...] = ()

    def lacking(self, run: Run) -> str:
        """Return why the engine can't run here, and what helps; "" if it can."""
        missing = [PACKAGES[name] for name in self.modules if not installed.is_installed(name)]
        if missing:
            return f"{' and '.join(missing)} not installed here; pip install -r requirements-benchmark.txt installs all"
        if self.precision == "bfloat16" and native_precision() != "bfloat16":
            return "this CPU does not compute bfloat16 natively"
        if self.title.startswith(COMPILED) and not any(map(shutil.which, ("c++", "g++", "clang++"))):
            return "torch.compile needs a C++ compiler, such as that of the package g++"
        if self.title == INT8 and not run.quantisation.is_file():
            return run.missing_quantisation_reason()
        return ""


INT8 = benchmarks.ENGINES["int8"]
COMPILED = "torch.compile bfloat16"
KERAS, GRAPH = "model.predict", "tf.function"

KINDS = (
    Kind(KERAS, "float32", keras_engines.predict, ("tensorflow",)),
    Kind(GRAPH, "float32", keras_engines.graph, ("tensorflow",)),
    *(Kind(benchmarks.ENGINES[one], one, openvino_engines.predictor(one)) for one in PRECISIONS),
    Kind("ONNX Runtime float32", "float32", onnx_runtime.float32, ("onnxruntime", "tensorflow", "tf2onnx")),
    Kind("ONNX Runtime int8", "int8", onnx_runtime.int8, ("onnxruntime", "tensorflow", "tf2onnx")),
    Kind("PyTorch float32", "float32", pytorch.float32, ("torch", "tensorflow")),
    Kind("PyTorch bfloat16", "bfloat16", pytorch.bfloat16, ("torch", "tensorflow")),
    Kind("PyTorch bfloat16, rewritten", "bfloat16", pytorch.bfloat16_rewritten, ("torch", "tensorflow")),
    Kind(COMPILED, "bfloat16", pytorch.compiled, ("torch", "tensorflow")),
    Kind(f"{COMPILED}, rewritten", "bfloat16", pytorch.compiled_rewritten, ("torch", "tensorflow")),
    Kind("LiteRT float32", "float32", litert_engines.float32, ("ai_edge_litert", "tensorflow")),
    Kind("LiteRT int8", "int8", litert_engines.int8, ("ai_edge_litert", "tensorflow")),
)
TITLES = tuple(kind.title for kind in KINDS)
OPENVINO = tuple(kind for kind in KINDS if kind.title in benchmarks.ENGINES.values())


def load(network: Network, kinds: Iterable[Kind] = KINDS) -> tuple[dict[str, Infer], dict[str, str]]:
    """Make the engines that can run here, and check each against float32 on OpenVINO.

    Returns them, and why each of the others can't run, both by title. Raises ``UserError`` if one computes something
    else, or the run is damaged.
    """
    ready: dict[str, Infer] = {}
    absent: dict[str, str] = {}
    picture = network.pictures[0]
    expected = openvino_engines.predictor("float32")(network)(picture)
    for kind in kinds:
        if reason := kind.lacking(network.run):
            absent[kind.title] = reason
            continue
        ready[kind.title] = kind.load(network)
        check(kind, ready[kind.title](picture), expected)
    return ready, absent


def check(kind: Kind, scores: Batch, expected: Batch) -> None:
    """Raise ``UserError`` unless an engine's scores ``(1, h, w, C)`` are about what they should be."""
    if scores.shape != expected.shape:
        raise UserError(f"{kind.title}: its scores are {scores.shape}, not {expected.shape}")
    share = moved(scores, expected)
    if not share <= MOST_MOVED[kind.precision]:  # also for nan
        most = f"at most {MOST_MOVED[kind.precision]:.1%} is allowed in {kind.precision}"
        raise UserError(f"{kind.title} computes something else: {share:.1%} of the probability moved, and {most}")


def moved(scores: Batch, expected: Batch) -> float:
    """Return which share of the probability lies on other classes, on average over the pixels: from 0 to 1."""
    return float(np.abs(scores - expected).sum(axis=-1).mean() / 2)
