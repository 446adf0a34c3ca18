"""How fast models are, as measured by ``python -m train.benchmark --json``."""

import json
from typing import Any

from data import store
from models import registry

ENGINES = ("OpenVINO bfloat16", "OpenVINO float32")
"""What the predictor uses: the first where the processor computes it natively."""


def command() -> str:
    """Return the command that measures the published models on this computer."""
    file = store.cache_dir() / "benchmark.json"
    shown = file.relative_to(registry.ROOT) if file.is_relative_to(registry.ROOT) else file
    return f"python -m train.benchmark --json {shown}"


def measured() -> tuple[dict[str, float], str]:
    """Return milliseconds for one picture by model, and the machine they were measured on.

    The figures of this computer (``.cache/benchmark.json``) are taken before those that come with the published models
    (``models/zoo/benchmark.json``), and never both: they are of different machines.
    """
    for path in (store.cache_dir() / "benchmark.json", registry.zoo_dir() / "benchmark.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            times = {name: time for name, model in content["models"].items() if (time := _fastest(model)) is not None}
            machine = f"{content['machine']['cpu']}, {content['machine']['cores']} cores"
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if times:
            return times, machine
    return {}, ""


def _fastest(model: dict[str, Any]) -> float | None:
    """Return the median of the engine that is used."""
    for engine in ENGINES:
        if engine in model["milliseconds"]:
            return float(model["milliseconds"][engine]["median"])
    return None
