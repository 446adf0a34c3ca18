"""Progress bars on stderr, shown on a terminal only and removed when they are done."""

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TypeVar

from tqdm import tqdm

T = TypeVar("T")

# disable=None: no bar where stderr is not a terminal.
_OPTIONS: dict[str, Any] = {"leave": False, "disable": None, "dynamic_ncols": True}


def counted(items: Iterable[T], description: str, total: int | None = None, unit: str = "images") -> Iterator[T]:
    """Yield ``items`` and show how many are done and how long the rest will take."""
    return iter(tqdm(items, description, total, unit=f" {unit}", **_OPTIONS))


def bar(description: str, total: int | None, unit: str, **options: Any) -> "tqdm[NoReturn]":
    """Return a bar to ``update`` by hand; ``options`` are those of ``tqdm``."""
    return tqdm(desc=description, total=total, unit=unit, **_OPTIONS, **options)
