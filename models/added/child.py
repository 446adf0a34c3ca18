"""Tries one model file in a process of its own, so that a file that brings its engine down stops nothing else.

python -m models.added.child '["inspect", "FILE", "CONVERT_INTO" or null, [H, W] or null]'
python -m models.added.child '["run", "FILE", "ENGINE", "PRECISION", [H, W], "LAYOUT"]'

It prints what it found, or the error, as one JSON object. ``models.added.inspection`` starts it. What libraries print
goes to stderr.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configs.errors import UserError
from models.added import engines, inspecting, trial
from models.added.answers import EngineName
from models.added.facts import Layout
from models.inference.formats import Precision


def inspect(file: str, folder: str | None, size: list[int] | None) -> dict[str, Any]:
    """Return the facts about a model."""
    into = Path(folder) if folder else None
    return inspecting.inspect_here(Path(file), into, (size[0], size[1]) if size else None).model_dump(mode="json")


def run(file: str, engine: EngineName, precision: Precision, size: list[int], layout: Layout) -> None:
    """Run a network once on a made-up picture."""
    network = engines.load(engine, Path(file), precision)
    network.infer(trial.made_up_picture((size[0], size[1]), layout, network.inputs[0]))


WAYS: dict[str, Callable[..., Any]] = {"inspect": inspect, "run": run}


def main() -> int:
    """Run the command line."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's chatter must not mix with the answer
    what, file, *arguments = json.loads(sys.argv[1])
    try:
        result: dict[str, Any] = {"found": WAYS[what](file, *arguments)}
    except UserError as error:
        result = {"error": str(error)}
    except MemoryError:
        result = {"error": f"{Path(file).name} needs more memory than a model may have"}
    except Exception as error:  # noqa: BLE001 - damaged files make libraries fail in ways that nobody foresees
        traceback.print_exc()
        result = {"error": f"{Path(file).name} can't be used: reading it failed ({type(error).__name__})"}
    with answer:
        json.dump(result, answer)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # an engine that fails while it is taken down has answered already
