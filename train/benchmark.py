"""Measures the latency of every engine: ``python -m train.benchmark [NAME ...] [--json FILE]``.

``--openvino`` leaves Keras out and so compares the precisions alone, in less time.
``models.inference.benchmarks`` describes how.
"""

import os

# Set before Keras is imported: only TensorFlow has all the engines.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs import installed
from configs.command_line import ArgumentParser, quiet_libraries
from configs.command_line import run as run_main
from configs.errors import UserError
from configs.files import write_text
from data import progress
from models.inference import benchmarks
from models.inference.benchmarks import SCHEMA, Engine, measure
from models.inference.graph_summary import gmacs
from models.inference.predictor import RunPredictor, native_precision, noise, usual_precision
from models.runs import registry
from models.runs.run import Run

KERAS, GRAPH = "model.predict", "tf.function"
OPENVINO, OPENVINO_BF16 = benchmarks.ENGINES["float32"], benchmarks.ENGINES["bfloat16"]
OPENVINO_INT8 = benchmarks.ENGINES["int8"]
ENGINES = (KERAS, GRAPH, OPENVINO, OPENVINO_BF16, OPENVINO_INT8)
GAIN = "int8 gains"
"""Column with how many times as fast int8 is as the precision that the predictor uses."""


def engines(run: Run, *, keras: bool = True) -> dict[str, Engine]:
    """Return a function per engine that runs one inference; bfloat16 only where it is native.

    Raises ``UserError`` if the run's weights are missing or damaged.
    """
    installed.demand("comparing the engines", "tensorflow")
    batch = noise(run)
    ready: dict[str, Engine] = {OPENVINO: partial(RunPredictor.load(run, "float32").infer, batch)}
    if native_precision() == "bfloat16":
        ready[OPENVINO_BF16] = partial(RunPredictor.load(run, "bfloat16").infer, batch)
    if run.quantisation.is_file():
        ready[OPENVINO_INT8] = partial(RunPredictor.load(run, "int8").infer, batch)
    return {**_keras_engines(run, batch), **ready} if keras else ready


def _keras_engines(run: Run, batch: NDArray[np.float32]) -> dict[str, Engine]:
    with quiet_libraries():
        import tensorflow as tf

        from models import architectures

        model = architectures.build(run.experiment, len(run.label_space))
        model.load_weights(run.weights)
    graph = tf.function(lambda image: model(image, training=False))
    tensor = tf.constant(batch)
    return {KERAS: lambda: model.predict(batch, verbose=0), GRAPH: lambda: graph(tensor).numpy()}


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return the medians as a table in plain text."""
    width = max(map(len, ["model", *results]))
    lines = ["  ".join([f"{'model':{width}}", *(f"{engine:>17}" for engine in ENGINES), GAIN])]
    for name, result in results.items():
        medians = {engine: measured["median"] for engine, measured in result["milliseconds"].items()}
        cells = [f"{format(medians[engine], '.1f') if engine in medians else '-':>17}" for engine in ENGINES]
        usual, int8 = medians.get(benchmarks.ENGINES.get(result.get("precision", ""))), medians.get(OPENVINO_INT8)
        gain = f"{usual / int8:.2f}" if usual and int8 else "-"
        lines.append("  ".join([f"{name:{width}}", *cells, f"{gain:>{len(GAIN)}}"]))
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.benchmark", description="Measure the speed of every engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="models or runs (default: all published models)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to this file")
    parser.add_argument("--openvino", action="store_true", help="measure only OpenVINO, in every precision")
    parser.add_argument("--seconds", type=float, default=10, help="time spent on each model (default: 10)")
    arguments = parser.parse_args()
    if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
        raise UserError(f"--json {arguments.json}: there is no folder {arguments.json.parent}; make it first")
    if arguments.json is not None and arguments.json.is_dir():
        raise UserError(f"--json {arguments.json}: is a folder; give the name of a JSON file")
    runs = [registry.find_run(name) for name in arguments.names] or [run for run in registry.runs() if run.published]
    if not runs:
        raise UserError("no model has been published yet; give the folder of a run")
    results = {}
    for run in progress.counted(runs, "measuring", unit="models"):
        results[benchmarks.key(run)] = {
            "parameters": run.parameters(),
            "input": list(run.experiment.data.image_size),
            "network": run.network_facts(),
            "gmacs": round(gmacs(run), 4),
            "precision": usual_precision(run),
            "milliseconds": measure(engines(run, keras=not arguments.openvino), arguments.seconds, rounds=5),
        }
    described = benchmarks.machine(["tensorflow", "keras", "openvino", "numpy"])
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
