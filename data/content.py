"""What files hold, as hashes: it names a built dataset, and it tells images apart whatever they are called."""

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

    Hashing gigabytes takes seconds, so hashes are remembered in the JSON file ``memo`` for as long as a file keeps its
    size and time of change. A memo that is damaged or cannot be written costs time only.

    Raises:
        UserError: If a file cannot be read.
    """
    known = _load(memo)
    result, keys, missing = {}, {}, []
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror})") from error
        keys[path] = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
        if keys[path] in known:
            result[path] = known[keys[path]]
        else:
            missing.append(path)
    with ThreadPoolExecutor(max_workers=4) as pool:
        result |= dict(zip(missing, pool.map(_sha256, missing), strict=True))
    if missing:
        with contextlib.suppress(OSError):
            files.write_text(memo, json.dumps(known | {keys[path]: result[path] for path in missing}))
    return result


FORMAT_VERSION = 2
"""Part of the name of what is built; to be raised whenever the same files would give other records."""


def content_key(dataset: Dataset, splits: Mapping[str, Sequence[Pair]], hashes: Mapping[Path, str]) -> str:
    """Return a name for what is built from these pairs: it changes with any id, split, byte, class or the format."""
    description = {
        "version": FORMAT_VERSION,
        "dataset": dataset.name,
        "classes": dataset.label_space.names,
        "splits": {
            split: [(pair.id, hashes[pair.image], hashes[pair.annotation]) for pair in members]
            for split, members in splits.items()
        },
    }
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]


def digest(hashes: Iterable[str]) -> str:
    """Return one SHA-256 for a set of images, whatever their order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def tree_digest(root: Path, parts: Iterable[str]) -> str:
    """Return one SHA-256 for all files in the folders ``parts`` of ``root``, whatever archive they came in.

    It is over the lines "sha256(file), two spaces, path, newline" sorted by path, paths relative to ``root``.
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
