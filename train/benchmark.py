"""Measures the latency of every engine: ``python -m train.benchmark [NAME ...] [--json FILE]``.

Every engine has the same weights, uses all cores, and is checked against OpenVINO before it is timed; one that is not
installed is listed with what to install. ``--openvino`` leaves all but OpenVINO out and so compares the precisions
alone, in less time. ``models.inference.benchmarks`` describes how latencies are measured, ``train.engines.limits``
what they could be at best.
"""

import os

# Set before Keras is imported: only TensorFlow has all the engines.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from configs import installed, paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from configs.files import write_text
from data import progress
from models.inference import benchmarks, graph_summary
from models.inference.benchmarks import SCHEMA, Engine, measure
from models.inference.default_int8 import int8_by_default
from models.inference.predictor import noise, rest_precision, usual_precision
from models.runs import registry
from models.runs.run import Run
from train.engines import catalogue, limits, network, tables
from train.engines.catalogue import Kind
from train.engines.limits import Machine

OPTIONAL = ("torch", "onnxruntime", "ai-edge-litert")
"""Packages of engines, whose versions are told where they are installed."""


@dataclass(frozen=True)
class Effort:
    """How long to measure each model, and by which clock: that on the wall, or the processor's work."""

    seconds: float
    clock: Callable[[], float]


def measured(run: Run, kinds: Sequence[Kind], machine: Machine, data_dir: Path, effort: Effort) -> dict[str, Any]:
    """Return the results of a run: what it is, its latencies in milliseconds, and its limits on a machine.

    Raises ``UserError`` if the run's weights are missing or damaged, or an engine computes something else.
    """
    source = network.of(run, data_dir)
    engines, absent = catalogue.load(source, kinds)
    layers, batch = graph_summary.layers(run), noise(run)
    calls: dict[str, Engine] = {name: partial(infer, batch) for name, infer in engines.items()}
    return {
        "parameters": run.parameters(),
        "input": list(run.experiment.data.image_size),
        "network": run.network_facts(),
        "gmacs": round(graph_summary.gmacs(run), 4),
        "precision": usual_precision(run),
        "default": "int8" if int8_by_default(run) else usual_precision(run),
        "int8_rest": rest_precision(run),
        "milliseconds": measure(calls, effort.seconds, rounds=5, clock=effort.clock),
        "absent": absent,
        "calibration": source.source,
        "limits": {precision: machine.least(layers, precision) for precision in machine.gmacs},
    }


def report(results: dict[str, dict[str, Any]], machine: Machine) -> str:
    """Return the results as tables in Markdown, and why engines are missing."""
    shown = [title for title in catalogue.TITLES if any(title in one["milliseconds"] for one in results.values())]
    parts = [tables.latencies(results, shown), tables.gains(results, shown, "default")]
    if any(one["default"] != one["precision"] for one in results.values()):
        parts.append(tables.gains(results, shown, "precision"))
    rates = ", ".join(f"{rate:,.0f} in {precision}" for precision, rate in machine.gmacs.items())
    parts.append(f"At best 10^9 multiplications in a second: {rates}; copying moves {machine.gigabytes:.1f} GB.")
    parts.append(tables.limits(results))
    reasons = dict.fromkeys(
        f"{engine}: {reason}" for one in results.values() for engine, reason in one["absent"].items()
    )
    return "\n\n".join([*parts, *(["\n".join(["Not measured:", *reasons])] if reasons else [])])


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.benchmark", description="Measure the speed of every engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="models or runs (default: all published models)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to this file")
    parser.add_argument("--openvino", action="store_true", help="measure only OpenVINO, in every precision")
    parser.add_argument("--engine", action="append", metavar="ENGINE", help="measure only this one; may be repeated")
    parser.add_argument("--seconds", type=float, default=10, help="time spent on each model (default: 10)")
    told = "time the processor's work instead of the clock, for a machine with other load (see taskset for one core)"
    parser.add_argument("--processor-time", action="store_true", help=told)
    datasets = "folder with the datasets, for calibration pictures (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets)
    arguments = parser.parse_args()
    if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
        raise UserError(f"--json {arguments.json}: there is no folder {arguments.json.parent}; make it first")
    if arguments.json is not None and arguments.json.is_dir():
        raise UserError(f"--json {arguments.json}: is a folder; give the name of a JSON file")
    kinds = _chosen(arguments.engine, arguments.openvino)
    runs = [registry.find_run(name) for name in arguments.names] or [run for run in registry.runs() if run.published]
    if not runs:
        raise UserError("no model has been published yet; give the folder of a run")
    installed.demand("comparing the engines", "tensorflow")
    effort = Effort(arguments.seconds, time.process_time if arguments.processor_time else time.perf_counter)
    machine = limits.measured(effort.seconds, effort.clock)
    results = {}
    for run in progress.counted(runs, "measuring", unit="models"):
        data_dir = arguments.data_dir or paths.data_dir()
        results[benchmarks.key(run)] = measured(run, kinds, machine, data_dir, effort)
        gc.collect()  # the engines of the next model need the memory
    extra = [name for name in OPTIONAL if installed.is_installed(name.replace("-", "_"))]
    described = benchmarks.machine(["tensorflow", "keras", "openvino", "numpy", *extra])
    described |= {"cores": network.cores(), "clock": "processor" if arguments.processor_time else "wall"}
    clock = "the processor's work for" if arguments.processor_time else "the time of"
    print(f"{described['cpu']}, {described['cores']} cores: {clock} one picture through the network\n")
    print(report(results, machine))
    if arguments.json is not None:
        document = {"schema": SCHEMA, "machine": described | {"limits": machine.described()}, "models": results}
        try:
            write_text(arguments.json, json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise UserError(f"--json {arguments.json}: can't be written ({error.strerror})") from error
    return 0


def _chosen(titles: Sequence[str] | None, openvino: bool) -> Sequence[Kind]:
    """Return the engines to measure. Raises ``UserError``, listing them, if one is not known."""
    if unknown := [title for title in titles or () if title not in catalogue.TITLES]:
        raise UserError(f"--engine {unknown[0]}: there is no such engine; there are {', '.join(catalogue.TITLES)}")
    kinds = catalogue.OPENVINO if openvino else catalogue.KINDS
    return [kind for kind in kinds if titles is None or kind.title in titles]


if __name__ == "__main__":
    run_main(main)
