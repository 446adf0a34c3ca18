"""Reads what Ultralytics writes into its ONNX files, and into ``metadata.yaml`` beside its OpenVINO files."""

import ast
from typing import Any

from configs.errors import UserError
from models.added.draft import Draft

_OTHER_TASKS = {
    "segment": "draws boxes and masks around single objects (instance segmentation)",
    "detect": "draws boxes around objects",
    "obb": "draws turned boxes around objects",
    "pose": "finds the joints of people",
    "classify": "names whole pictures",
    "depth": "estimates distances",
}
"""Ultralytics' tasks that give no class to every pixel."""


def read(metadata: dict[str, Any], draft: Draft) -> None:
    """Take over what Ultralytics writes into its files. Raises ``UserError`` for every task but ``semantic``."""
    if not {"task", "names", "stride"} <= metadata.keys():
        return
    draft.task = str(metadata["task"])[:40]
    if draft.task != "semantic":
        does = _OTHER_TASKS.get(draft.task, f"is made for the task {draft.task!r}")
        raise UserError(
            f"{draft.path.name} {does}, it gives no class to every pixel; "
            "SegDeck takes Ultralytics' semantic models, such as yolo26n-sem"
        )
    reason = "Ultralytics trains on it"
    draft.hint("layout", "NCHW", reason)
    draft.hint("colour", "RGB", reason)
    draft.hint("range", (0.0, 1.0), reason)
    draft.hint("mean", None, reason)
    draft.hint("std", None, reason)
    draft.hint("resize", "letterbox", reason)
    names = class_names(metadata["names"])
    if names is None:
        draft.warnings.append("The class names in the file's metadata can't be read.")
    else:
        draft.hint("class_names", names, "the file's metadata name them")


def class_names(names: Any) -> tuple[str, ...] | None:
    """Return the class names, by id or as a Python literal such as ``{0: "driver's door"}``; None if it is none."""
    if isinstance(names, str):
        try:
            names = ast.literal_eval(names) if len(names) < 100_000 else None
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or set(names) != set(range(len(names))):
        return None
    return tuple(str(names[index]) for index in range(len(names)))
