"""Content hashes of files: they name a built dataset, and identify images regardless of their file names."""

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from configs import files
from configs.errors import UserError
from data.dataset import Dataset, Pair


def fingerprints(paths: Iterable[Path], memo: Path) -> dict[Path, str]:
    """Return the SHA-256 of every file.

    Hashing gigabytes takes seconds, so the JSON file ``memo`` keeps each hash as long as the file's size and
    modification time are unchanged. A memo that is damaged or cannot be written costs only time. Raises ``UserError``
    if a file cannot be read.
    """
    known = _load(memo)
    keys = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror})") from error
        keys[path] = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    result = {path: known[key] for path, key in keys.items() if key in known}
    missing = [path for path in keys if path not in result]
    with ThreadPoolExecutor(max_workers=4) as pool:
        result |= dict(zip(missing, pool.map(_sha256, missing), strict=True))
    if missing:
        with contextlib.suppress(OSError):
            files.write_text(memo, json.dumps(known | {keys[path]: result[path] for path in missing}))
    return result


FORMAT_VERSION = 3
"""Part of the name of what is built; raise it whenever the same files would be built into something else."""

CLASS_PIXELS = "class_pixels.npz"
"""File beside the records: for each split the pixels of each class in each mask, ``(N, C)`` int64."""


def content_key(dataset: Dataset, splits: Mapping[str, Sequence[Pair]], hashes: Mapping[Path, str]) -> str:
    """Return the name of the dataset built from these pairs.

    Any other id, split, byte, class, description or format changes it.
    """
    description = {
        "version": FORMAT_VERSION,
        "dataset": dataset.name,
        "classes": dataset.label_space.names,
        "splits": {
            split: [(pair.id, *(hashes[path] for path in files_of(pair))) for pair in members]
            for split, members in splits.items()
        },
    }
    if dataset.revision:
        description["revision"] = dataset.revision
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]


def files_of(pair: Pair) -> tuple[Path, ...]:
    """Return the files that an image and its mask are made of."""
    return (pair.image, pair.annotation, *pair.support)


def digest(hashes: Iterable[str]) -> str:
    """Return one SHA-256 for a set of images, independent of their order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def tree_digest(root: Path, parts: Iterable[str]) -> str:
    """Return one SHA-256 for all files in the folders ``parts`` of ``root``, independent of how they were archived.

    It covers the lines "sha256(file), two spaces, path, newline", sorted by path; paths are relative to ``root``.
    """
    paths = sorted(
        path.relative_to(root).as_posix() for part in parts for path in (root / part).rglob("*") if path.is_file()
    )
    lines = (f"{files.sha256(root / path)}  {path}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    try:
        return files.sha256(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _load(memo: Path) -> dict[str, str]:
    try:
        known = json.loads(memo.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
