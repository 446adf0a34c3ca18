"""Tells a built dataset that is complete from one whose files were cut off or lost afterwards."""

import json
from pathlib import Path
from typing import NoReturn

from configs.errors import UserError

SIZES = "sizes.json"
"""File in a built dataset: the size of every other file in bytes."""


def seal(directory: Path) -> None:
    """Note the sizes of all files of a dataset that has just been built."""
    (directory / SIZES).write_text(json.dumps(_sizes(directory)))


def is_whole(directory: Path) -> bool:
    """Return whether a dataset has been built here and its files still have their sizes.

    Of one that an older version built, the sizes are not known; it counts as whole.
    """
    try:
        return bool(json.loads((directory / SIZES).read_text()) == _sizes(directory))
    except FileNotFoundError:
        return directory.is_dir()
    except (OSError, ValueError):
        return False


def damaged(directory: Path, what: str, cause: Exception | None) -> NoReturn:
    """Raise ``UserError`` for a part of a built dataset that can't be read: its source could, when it was built."""
    raise UserError(
        f"{directory}: this copy of the dataset is damaged ({what} can't be read); delete the folder, and it is made "
        "again from the dataset's own files"
    ) from cause


def _sizes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(directory.iterdir()) if path.name != SIZES}
