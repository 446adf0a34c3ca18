"""Measure what each operation of a network takes on OpenVINO: ``python -m tools.layer_times NAME [--precision P]``.

Milliseconds are medians over many inferences with the engine's own counters. Beside them stand the multiplications in a
second and the bytes that the operation reads and writes in a second, so that it shows whether cores or caches limit it.
"""

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import openvino

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import cpu, export, graph_rewrite, quantised
from models.inference.formats import PRECISIONS, Precision
from models.inference.predictor import HINTS, native_precision, noise, rest_precision
from models.runs import registry
from models.runs.run import Run
from train.engines import limits

SIZES = {"f32": 4, "i32": 4, "bf16": 2, "f16": 2, "u8": 1, "i8": 1}
"""Bytes of a value by the engine's name of its type; of other types they count as 4."""


@dataclass(frozen=True)
class Operation:
    """An operation as the engine runs it, with the bias and the activation it has taken in."""

    name: str
    kind: str
    implementation: str  # the engine's name of what computes it, with the precision
    shape: str  # of its output, and of its kernel if it has one
    macs: int
    bytes: int  # values read and written, and weights
    milliseconds: float


def profile(run: Run, precision: Precision, times: int = 50) -> list[Operation]:
    """Return the operations of a run's network in the order of their computation, those that take time."""
    if precision == "int8":
        return quantised.using(run, lambda folder: _profile(folder / quantised.GRAPH, run, precision, times))
    return export.using(run, "openvino", lambda folder: _profile(folder / f"{precision}.xml", run, precision, times))


def _profile(graph: Path, run: Run, precision: Precision, times: int) -> list[Operation]:
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": HINTS[rest_precision(run) if precision == "int8" else precision],
        "PERF_COUNT": "YES",
    }
    core = openvino.Core()
    network = core.read_model(graph)
    graph_rewrite.softmax_first(network)  # as the predictor does
    compiled = core.compile_model(network, "CPU", hints)
    request, batch = compiled.create_infer_request(), noise(run)
    measured: defaultdict[str, list[float]] = defaultdict(list)
    for index in range(times + 3):
        request.infer([batch])
        for one in request.get_profiling_info() if index >= 3 else ():
            measured[one.node_name].append(1000 * one.real_time.total_seconds())
    nodes = compiled.get_runtime_model().get_ordered_ops()
    found = [_operation(node, statistics.median(measured.get(node.get_friendly_name(), [0.0]))) for node in nodes]
    return [one for one in found if one.milliseconds > 0]


def _operation(node: openvino.Node, milliseconds: float) -> Operation:
    kind, shapes = _fact(node, "layerType"), [list(value.get_shape()) for value in node.input_values()]
    output = list(node.output(0).get_shape()) if node.outputs() else []
    kernel = shapes[1] if "onvolution" in kind and len(shapes) > 1 else []
    sources = [value.get_node() for value in node.input_values()]
    read = sum(math.prod(shape) * _size(source) for shape, source in zip(shapes, sources, strict=True))
    shape = " × ".join(map(str, output)) + (f", kernel {' × '.join(map(str, kernel))}" if kernel else "")
    return Operation(
        name=node.get_friendly_name(),
        kind=kind,
        implementation=_fact(node, "primitiveType"),
        shape=shape,
        # A transposed convolution multiplies each of its inputs with a kernel, an ordinary one makes each output so.
        macs=math.prod(shapes[0] if kind == "Deconvolution" else output) * math.prod(kernel[1:]) if kernel else 0,
        bytes=read + math.prod(output) * _size(node),
        milliseconds=milliseconds,
    )


def _fact(node: openvino.Node, key: str) -> str:
    info = node.get_rt_info()
    return str(getattr(info[key], "value", info[key])) if key in info else ""


def _size(node: openvino.Node) -> int:
    """Return the bytes of one value of an operation's output."""
    return SIZES.get(_fact(node, "outputPrecisions").split(",")[0], 4)


def table(operations: list[Operation], peak: limits.Machine, precision: Precision) -> str:
    """Return a row of Markdown for each operation, and one for all."""
    whole = sum(one.milliseconds for one in operations)
    lines = [
        "| operation | ms | share | 10^9 MAC/s | of the peak | GB/s | computed by |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for one in [*operations, None]:
        parts = operations if one is None else [one]
        seconds = sum(part.milliseconds for part in parts) / 1000
        rate, moved = (
            sum(part.macs for part in parts) / seconds / 1e9,
            sum(part.bytes for part in parts) / seconds / 1e9,
        )
        label = "all" if one is None else f"{one.kind} {one.shape}"
        cells = [f"{1000 * seconds:.2f}", f"{1000 * seconds / whole:.0%}"]
        cells += [f"{rate:.0f}", f"{rate / peak.gmacs[precision]:.0%}"] if rate else ["-", "-"]
        lines.append(f"| {' | '.join([label, *cells, f'{moved:.0f}', one.implementation if one else ''])} |")
    return "\n".join(lines)


def main() -> int:
    """Print the operations."""
    parser = ArgumentParser(prog="python -m tools.layer_times", description="Measure the operations of a network.")
    parser.add_argument("name", metavar="NAME", help="a model or a run")
    parser.add_argument("--precision", choices=PRECISIONS, help="default: bfloat16 where it is native, else float32")
    arguments = parser.parse_args()
    precision: Precision = arguments.precision or native_precision()
    if precision == "bfloat16" != native_precision():
        raise UserError("--precision bfloat16: this CPU does not compute it natively")
    operations = profile(registry.find_run(arguments.name), precision)
    print(f"{arguments.name} in {precision}, {cpu.name()}\n\n{table(operations, limits.measured(), precision)}")
    return 0


if __name__ == "__main__":
    run(main)
