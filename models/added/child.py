"""Inspects one model file in a process of its own, so that a file that brings its engine down stops nothing else.

python -m models.added.child '["FILE", "CONVERT_INTO" or null, [H, W] or null]'

It prints the facts, or the error, as one JSON object.
``models.added.inspection`` starts it. What libraries print
goes to stderr.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from configs.errors import UserError
from models.added import inspecting


def main() -> int:
    """Run the command line."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's chatter must not mix with the answer
    file, folder, size = json.loads(sys.argv[1])
    try:
        facts = inspecting.inspect_here(Path(file), folder and Path(folder), size and tuple(size))
        result: dict[str, Any] = {"facts": facts.model_dump(mode="json")}
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
