"""Measures how long each engine takes for one picture: ``python -m train.benchmark [NAME ...] [--json FILE]``.

The network alone is measured, on one picture of its own size: decoding and resizing take the same time on every engine.
The engines take turns, so that whatever else the machine does meanwhile hits them all alike.
"""

import os

# Before anything imports Keras: only TensorFlow has all the engines, and its start-up notes help nobody.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from configs.command_line import ArgumentParser, quiet_libraries
from configs.command_line import run as run_main
from configs.errors import UserError
from configs.files import write_text
from models import registry
from models.layers import gmacs
from models.predictor import Predictor, native_precision, usual_precision
from models.runs import Run

SCHEMA = 1
"""Version of the layout of the JSON."""

KERAS, GRAPH, OPENVINO, OPENVINO_BF16 = "model.predict", "tf.function", "OpenVINO float32", "OpenVINO bfloat16"
ENGINES = (KERAS, GRAPH, OPENVINO, OPENVINO_BF16)

Engine = Callable[[], Any]
"""Runs the network once."""


def engines(run: Run) -> dict[str, Engine]:
    """Return what runs a model's network once on each engine, bfloat16 only where the CPU computes it natively.

    Raises:
        UserError: If the run has no sound weights.
    """
    ready = {OPENVINO: Predictor.load(run, "float32")}
    if native_precision() == "bfloat16":
        ready[OPENVINO_BF16] = Predictor.load(run, "bfloat16")
    with quiet_libraries():
        import tensorflow as tf

        from models import architectures

        model = architectures.build(run.experiment, len(run.label_space))
        model.load_weights(run.weights)
    low, high = run.experiment.data.input_range
    size = (1, *run.experiment.data.image_size, 3)
    batch: NDArray[np.float32] = np.random.default_rng(0).uniform(low, high, size).astype(np.float32)
    graph = tf.function(lambda image: model(image, training=False))
    tensor = tf.constant(batch)

    def openvino(predictor: Predictor) -> Engine:
        return lambda: predictor.infer(batch)

    return {
        KERAS: lambda: model.predict(batch, verbose=0),
        GRAPH: lambda: graph(tensor).numpy(),
        **{name: openvino(predictor) for name, predictor in ready.items()},
    }


def measure(candidates: dict[str, Engine], seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Let engines take turns and time them.

    Args:
        candidates: The engines by name.
        seconds: For how long to go on, in all.
        rounds: How many turns each has at least.

    Returns:
        For each engine ``median``, ``p10`` and ``p90`` in milliseconds, and how many ``runs`` they are of.
    """
    for engine in candidates.values():
        for _ in range(3):  # the first calls trace, compile and reserve memory
            engine()
    times: dict[str, list[float]] = {name: [] for name in candidates}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(next(iter(times.values()))) < rounds:
        for name, engine in candidates.items():
            engine()  # brings the engine's own data back into the caches that another engine has just filled
            start = time.perf_counter()
            engine()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: _summary(values) for name, values in times.items()}


def _summary(milliseconds: list[float]) -> dict[str, float]:
    p10, p90 = np.percentile(milliseconds, [10, 90])
    summary = {"median": statistics.median(milliseconds), "p10": float(p10), "p90": float(p90)}
    return {key: round(value, 3) for key, value in summary.items()} | {"runs": len(milliseconds)}


def machine() -> dict[str, Any]:
    """Describe the machine and the libraries: figures without it mean nothing."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "native_bfloat16": native_precision() == "bfloat16",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "openvino", "numpy")},
    }


def _cpu() -> str:
    """Return the CPU's name as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return the medians as a table to read."""
    width = max(map(len, ["model", *results]))
    lines = ["  ".join([f"{'model':{width}}", *(f"{engine:>17}" for engine in ENGINES)])]
    for name, result in results.items():
        medians = [result["milliseconds"].get(engine, {}).get("median") for engine in ENGINES]
        cells = [f"{'-' if median is None else format(median, '.1f'):>17}" for median in medians]
        lines.append("  ".join([f"{name:{width}}", *cells]))
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.benchmark", description="Measure the speed of every engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="models or runs (default: all published models)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--seconds", type=float, default=10, help="time spent on each model (default: 10)")
    arguments = parser.parse_args()
    if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
        raise UserError(f"--json {arguments.json}: there is no folder {arguments.json.parent}; make it first")
    if arguments.json is not None and arguments.json.is_dir():
        raise UserError(f"--json {arguments.json}: is a folder; give the name of a JSON file")
    runs = [registry.find(name) for name in arguments.names] or [run for run in registry.runs() if run.published]
    if not runs:
        raise UserError("no model has been published yet; give the folder of a run")
    results = {}
    for run in tqdm(runs, unit="model", disable=None, leave=False):  # disable=None: no bar where nobody watches
        results[run.name] = {
            "parameters": run.parameters(),
            "input": list(run.experiment.data.image_size),
            "gmacs": round(gmacs(run), 4),
            "precision": usual_precision(run),
            "milliseconds": measure(engines(run), arguments.seconds, rounds=5),
        }
    described = machine()
    print(f"{described['cpu']}, {described['cores']} cores: milliseconds for one picture, median\n\n{table(results)}")
    if arguments.json is not None:
        document = {"schema": SCHEMA, "machine": described, "models": results}
        try:
            write_text(arguments.json, json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise UserError(f"--json {arguments.json}: can't be written ({error.strerror})") from error
    return 0


if __name__ == "__main__":
    run_main(main)
