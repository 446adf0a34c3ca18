"""Measures the latency of models, and stores and reads the results.

Only the network is timed, on one image of its input size: decoding and resizing take the same time on every engine.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from configs import paths
from configs.files import write_text
from data.locks import exclusive
from models.inference import cpu
from models.inference.predictor import Predictor, native_precision
from models.runs.model import Model
from models.runs.run import BETWEEN

SCHEMA = 1
"""Version of the layout of the JSON."""

ENGINES = {"bfloat16": "OpenVINO bfloat16", "float32": "OpenVINO float32", "int8": "OpenVINO int8"}
"""The predictor's engine for each precision."""

LOCAL = " (local)"
"""Follows the name of a model if a published one has the same."""

Engine = Callable[[], Any]
"""Runs one inference."""


@dataclass(frozen=True)
class Latencies:
    """Latencies measured on one machine, by ``key`` of the run; empty if there are none."""

    milliseconds: Mapping[str, float] = field(default_factory=dict)  # median per image on the predictor's engine
    precision: Mapping[str, str] = field(default_factory=dict)  # of that engine
    machine: str = ""  # the CPU and its number of cores
    networks: Mapping[str, Any] = field(
        default_factory=dict
    )  # as ``Model.network_facts`` returns it; missing in older files

    def of(self, model: Model) -> float | None:
        """Return the milliseconds of a model; None if it was not measured, or has another network than when it was."""
        name = key(model)
        measured = self.networks.get(name)
        return self.milliseconds.get(name) if measured is None or measured == model.network_facts() else None


def file() -> Path:
    """Return the file with this computer's results."""
    return paths.cache_dir() / "benchmark.json"


def key(model: Model) -> str:
    """Return a model's key in the results: its name, with "(local)" if a published model has the same name."""
    local = not model.published and (paths.zoo_dir() / model.path.name).is_dir()
    return f"{model.name}{LOCAL}" if local else model.name


def read(path: Path) -> Latencies:
    """Read a file written by ``record`` or ``python -m train.benchmark --json``; empty if it can't be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        used = {key: one for name, model in content["models"].items() for key, one in _used(name, model).items()}
        machine = f"{content['machine']['cpu']}, {content['machine']['cores']} cores"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Latencies()
    medians = {name: median for name, (_, median, _) in used.items()}
    precisions = {name: precision for name, (precision, _, _) in used.items()}
    networks = {name: network for name, (_, _, network) in used.items()}
    return Latencies(medians, precisions, machine, networks) if used else Latencies()


def _used(name: str, model: dict[str, Any]) -> dict[str, tuple[str, float, Any]]:
    """Return precision and median of the predictor's engine, and the network, by the key of a model.

    The precision is bfloat16, if measured, where a file does not name it. A run that was measured in int8, too, is a
    model of its own in that.
    """
    medians = {key: model["milliseconds"].get(engine, {}).get("median") for key, engine in ENGINES.items()}
    known = {key: float(median) for key, median in medians.items() if median is not None}
    named = [model["precision"]] if "precision" in model else list(ENGINES)
    usual = next((key for key in named if key in known), None)
    network = model.get("network")
    found = {} if usual is None else {name: (usual, known[usual], network)}
    if "int8" in known and usual != "int8":
        run, local = name.removesuffix(LOCAL), LOCAL if name.endswith(LOCAL) else ""
        in_int8 = network and network | {"precision": "int8"}
        found[f"{run}{BETWEEN}int8{local}"] = "int8", known["int8"], in_int8
    return found


def measure_here(predictor: Predictor, seconds: float = 2) -> float:
    """Measure a model on this computer for some seconds, store the result, and return the median in milliseconds.

    Only one process measures at a time. Results of another machine in the file are discarded.
    """
    model, name = predictor.model, ENGINES[predictor.precision]
    with exclusive(file().with_suffix(".lock")):
        times = measure({name: predictor.network_call()}, seconds, rounds=5)
        result = {"network": model.network_facts(), "precision": predictor.precision}
        record(key(model), result | {"milliseconds": times})
    return times[name]["median"]


def record(name: str, result: dict[str, Any]) -> None:
    """Add one model's results to this computer's file; the caller holds the lock, as ``measure_here`` does."""
    here = machine(["openvino", "numpy"])
    try:
        document = json.loads(file().read_text(encoding="utf-8"))
        same = all(document["machine"][part] == here[part] for part in ("cpu", "cores"))
        models = dict(document["models"]) if same else {}
    except (OSError, ValueError, KeyError, TypeError):
        models = {}
    document = {"schema": SCHEMA, "machine": here, "models": models | {name: result}}
    write_text(file(), json.dumps(document, indent=2) + "\n")


def measure(
    candidates: dict[str, Engine], seconds: float, rounds: int, clock: Callable[[], float] | None = None
) -> dict[str, dict[str, float]]:
    """Time engines in turn, so that other load on the machine affects all of them alike.

    Takes ``seconds`` in total, or longer if each engine needs more to run ``rounds`` times. Returns ``median``,
    ``min`` and percentiles (``p10``, ``p25``, ``p75``, ``p90``) in milliseconds, and the number of ``runs`` of each
    engine. ``clock`` tells the seconds, ``time.perf_counter`` by default.
    """
    clock = clock or time.perf_counter
    for engine in candidates.values():
        for _ in range(3):  # the first calls trace, compile and reserve memory
            engine()
    times: dict[str, list[float]] = {name: [] for name in candidates}
    end = clock() + seconds
    while clock() < end or len(next(iter(times.values()))) < rounds:
        for name, engine in candidates.items():
            engine()  # untimed: refills the CPU caches that the previous engine used
            start = clock()
            engine()
            times[name].append(1000 * (clock() - start))
    return {name: _summary(values) for name, values in times.items()}


def _summary(milliseconds: list[float]) -> dict[str, float]:
    summary = {"median": statistics.median(milliseconds), "min": min(milliseconds)}
    percents = (10, 25, 75, 90)
    values = np.percentile(milliseconds, percents).tolist()
    summary |= {f"p{percent}": value for percent, value in zip(percents, values, strict=True)}
    return {key: round(value, 3) for key, value in summary.items()} | {"runs": len(milliseconds)}


def machine(packages: Iterable[str]) -> dict[str, Any]:
    """Describe the machine and the versions of some packages."""
    return {
        "cpu": cpu.name(),
        "cores": os.cpu_count(),
        "native_bfloat16": native_precision() == "bfloat16",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }
