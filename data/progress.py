"""Progress on stderr: bars on a terminal, removed when they are done, or lines of JSON for a program that reads them.

With ``$SEGDECK_PROGRESS`` set to ``json`` every bar writes lines such as ``{"progress": "evaluating on val", "done": 3,
"total": 100, "rate": 1.5}``, at most a few a second; ``rate`` is what is done in a second. ``total`` and ``rate`` are
null while they are unknown.
"""

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TypeVar

from tqdm import tqdm

T = TypeVar("T")
VARIABLE = "SEGDECK_PROGRESS"
SECONDS = 0.3
"""Least time between two lines of JSON."""


class _Lines(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
    """A bar that writes lines of JSON instead."""

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Write a line."""
        state = self.format_dict
        line = {"progress": self.desc.removesuffix(": "), "done": self.n, "total": self.total, "rate": state["rate"]}
        print(json.dumps(line), file=sys.stderr, flush=True)


def counted(items: Iterable[T], description: str, total: int | None = None, unit: str = "images") -> Iterator[T]:
    """Yield ``items`` and show how many are done and how long the rest will take."""
    return iter(_kind()(items, description, total, unit=f" {unit}", **_options()))


def bar(description: str, total: int | None, unit: str, **options: Any) -> "tqdm[NoReturn]":
    """Return a bar to ``update`` by hand; ``options`` are those of ``tqdm``."""
    return _kind()(desc=description, total=total, unit=unit, **_options(), **options)


def _kind() -> "type[tqdm[Any]]":
    return _Lines if os.environ.get(VARIABLE) == "json" else tqdm


def _options() -> dict[str, Any]:
    """Return the options of a bar; ``disable=None`` means none where stderr is not a terminal."""
    if _kind() is _Lines:
        nowhere = io.StringIO()  # takes the line breaks that tqdm writes besides its bar
        return {"leave": False, "disable": False, "mininterval": SECONDS, "file": nowhere}
    return {"leave": False, "disable": None, "dynamic_ncols": True}
