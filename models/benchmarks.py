"""What ``python -m train.benchmark --json FILE`` has measured: how fast models are, and where."""

import json
from pathlib import Path
from typing import Any

ENGINES = {"bfloat16": "OpenVINO bfloat16", "float32": "OpenVINO float32"}
"""What the predictor uses, by the precision it computes in."""


def read(path: Path) -> tuple[dict[str, float], str]:
    """Return milliseconds for one picture by model, and the machine they were measured on; nothing if there are none.

    The time is that of the network alone, on the engine that the predictor uses.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        times = {name: time for name, model in content["models"].items() if (time := _used(model)) is not None}
        machine = f"{content['machine']['cpu']}, {content['machine']['cores']} cores"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, ""
    return (times, machine) if times else ({}, "")


def _used(model: dict[str, Any]) -> float | None:
    """Return the median of the engine that is used; bfloat16's where nothing says which that is."""
    for precision in [model["precision"]] if "precision" in model else list(ENGINES):
        if ENGINES[precision] in model["milliseconds"]:
            return float(model["milliseconds"][ENGINES[precision]]["median"])
    return None
