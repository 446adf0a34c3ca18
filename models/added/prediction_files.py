"""Finds the predictions that another program wrote for the pictures of a split: which file is whose."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from configs.errors import UserError

MASKS, SCORES = (".png",), (".npy", ".npz")
ENDINGS = ("_pred", "_prediction", "_mask", "_labels", "_label")
"""What programs append to the name of a picture."""


def files_of(folder: Path, ids: Sequence[str]) -> tuple[dict[str, Path], list[str]]:
    """Return the file of each picture by its id, and a clause for each that is missing, superfluous or found twice.

    A file is named after the id of its picture, with one of ``ENDINGS`` perhaps; folders below are searched, too. Where
    ids have folders, the last part is enough if no two pictures share it.

    Raises ``UserError`` if there is no such folder, or no file of predictions in it.
    """
    if not folder.is_dir():
        raise UserError(f"--predictions: there is no folder {folder}; give the one with the predictions")
    paths = [path for path in sorted(folder.rglob("*")) if _is_prediction(path)]
    if not paths:
        raise UserError(
            f"--predictions: {folder} has no PNG, NPY or NPZ file; one is named after its picture, such as {ids[0]}.png"
        )
    by_name = _by_name(ids)
    found: dict[str, list[Path]] = {}
    extra = []
    for path in paths:
        relative = path.relative_to(folder)
        one = next((by_name[name] for name in _names(relative) if name in by_name), None)
        if one is None:
            extra.append(f"{relative}: there is no such picture")
        else:
            found.setdefault(one, []).append(path)
    faults = [f"{one}: has no file" for one in ids if one not in found]
    for one, files in found.items():
        if len(files) > 1:
            several = " and ".join(str(path.relative_to(folder)) for path in files[:3])
            faults.append(f"{one}: has {len(files)} files, {several}")
    return {one: files[0] for one, files in found.items()}, faults + extra


def _is_prediction(path: Path) -> bool:
    """Return whether a path is a file of predictions; hidden ones are notes of the system."""
    return path.suffix.lower() in MASKS + SCORES and not path.name.startswith(".") and path.is_file()


def _by_name(ids: Sequence[str]) -> dict[str, str]:
    """Return the id of each name that tells one: the id itself, and its last part unless two ids share it."""
    last = [one.rsplit("/", 1)[-1] for one in ids]
    count = Counter(last)
    return {name: one for name, one in zip(last, ids, strict=True) if count[name] == 1} | {one: one for one in ids}


def _names(relative: Path) -> Iterator[str]:
    """Yield what the picture of a file may be called, the most specific first."""
    parts = relative.with_suffix("").parts
    for start in range(len(parts)):
        name = "/".join(parts[start:])
        yield name
        for ending in ENDINGS:
            if name.endswith(ending):
                yield name.removesuffix(ending)
