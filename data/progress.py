"""Progress bars on stderr, shown only on a terminal."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

T = TypeVar("T")


def counted(items: Sequence[T], description: str) -> Iterator[T]:
    """Yield ``items`` and show how many are done and how long the rest will take."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with _progress(*columns) as bar:
        yield from bar.track(items, description=description)


def download() -> Progress:
    """Return a bar that counts bytes."""
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    return _progress(*columns, TimeRemainingColumn())


def _progress(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)
