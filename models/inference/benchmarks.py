"""How fast models are: how that is measured, and where the figures are kept and read again.

The network alone is measured, on one picture of its own size: decoding and resizing take the same time on every engine.
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
from numpy.typing import NDArray

from configs import paths
from configs.files import write_text
from data.locks import exclusive
from models.inference.predictor import Predictor, native_precision
from models.runs.run import Run

SCHEMA = 1
"""Version of the layout of the JSON."""

ENGINES = {"bfloat16": "OpenVINO bfloat16", "float32": "OpenVINO float32"}
"""What the predictor uses, by the precision it computes in."""

Engine = Callable[[], Any]
"""Runs the network once."""


@dataclass(frozen=True)
class Latencies:
    """What was measured on one machine; empty if nothing was.

    Attributes:
        milliseconds: Median time for one picture by model, as ``key`` calls it, on the engine that the predictor uses.
        precision: The arithmetic of that engine, by model.
        machine: What computer it was.
        networks: What was measured, by model, as ``network`` returns it; older files do not say it.
    """

    milliseconds: Mapping[str, float] = field(default_factory=dict)
    precision: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    networks: Mapping[str, Any] = field(default_factory=dict)

    def of(self, run: Run) -> float | None:
        """Return the milliseconds of a run, or None if they are not known, or of another network of its name."""
        name = key(run)
        measured = self.networks.get(name)
        return self.milliseconds.get(name) if measured is None or measured == network(run) else None


def file() -> Path:
    """Return where the figures of this computer are kept."""
    return paths.cache_dir() / "benchmark.json"


def key(run: Run) -> str:
    """Return the name of a run among the figures; of two of one name, the published one has it for itself."""
    local = not run.published and (paths.zoo_dir() / run.name).is_dir()
    return f"{run.name} (local)" if local else run.name


def network(run: Run) -> dict[str, Any]:
    """Return what decides how fast a run's network is, as JSON: whatever its weights are, the figures are the same."""
    experiment = run.experiment
    return {
        "model": experiment.model.model_dump(mode="json"),
        "input": list(experiment.data.image_size),
        "classes": len(run.label_space),
    }


def read(path: Path) -> Latencies:
    """Return what was measured, from a file of ``record`` or of ``python -m train.benchmark --json``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        used = {name: found for name, model in content["models"].items() if (found := _used(model)) is not None}
        machine = f"{content['machine']['cpu']}, {content['machine']['cores']} cores"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Latencies()
    if not used:
        return Latencies()
    return Latencies(
        {name: median for name, (_, median) in used.items()},
        {name: precision for name, (precision, _) in used.items()},
        machine,
        {name: content["models"][name].get("network") for name in used},
    )


def _used(model: dict[str, Any]) -> tuple[str, float] | None:
    """Return precision and median of the engine that is used; bfloat16's where nothing says which that is."""
    for precision in [model["precision"]] if "precision" in model else list(ENGINES):
        if ENGINES[precision] in model["milliseconds"]:
            return precision, float(model["milliseconds"][ENGINES[precision]]["median"])
    return None


def measure_here(predictor: Predictor, seconds: float = 2) -> float:
    """Measure a model on this computer, add it to the file of this computer's figures, and return its milliseconds.

    One measurement goes on at a time, whoever asks for it. Figures of another machine in the file are thrown away.

    Args:
        predictor: The model, in the arithmetic it is used in.
        seconds: For how long to measure.
    """
    run, name = predictor.run, ENGINES[predictor.precision]
    batch = noise(run)
    with exclusive(file().with_suffix(".lock")):
        times = measure({name: lambda: predictor.infer(batch)}, seconds, rounds=5)
        result = {"network": network(run), "precision": predictor.precision}
        record(key(run), result | {"milliseconds": times})
    return times[name]["median"]


def record(name: str, result: dict[str, Any]) -> None:
    """Add one model's figures to the file of this computer; see ``measure_here`` for who may call it when."""
    here = machine(["openvino", "numpy"])
    try:
        document = json.loads(file().read_text(encoding="utf-8"))
        same = all(document["machine"][part] == here[part] for part in ("cpu", "cores"))
        models = dict(document["models"]) if same else {}
    except (OSError, ValueError, KeyError, TypeError):
        models = {}
    document = {"schema": SCHEMA, "machine": here, "models": models | {name: result}}
    write_text(file(), json.dumps(document, indent=2) + "\n")


def noise(run: Run) -> NDArray[np.float32]:
    """Return one picture of a network's size and range, ``(1, h, w, 3)``: what it shows makes no difference."""
    low, high = run.experiment.data.input_range
    size = (1, *run.experiment.data.image_size, 3)
    return np.random.default_rng(0).uniform(low, high, size).astype(np.float32)


def measure(candidates: dict[str, Engine], seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Let engines take turns and time them, so that whatever else the machine does meanwhile hits them all alike.

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


def machine(packages: Iterable[str]) -> dict[str, Any]:
    """Describe the machine and the versions of some packages: figures without it mean nothing."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "native_bfloat16": native_precision() == "bfloat16",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def _cpu() -> str:
    """Return the CPU's name as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
