"""Ultralytics' data.yaml: the names of the classes, and where the pictures of each split are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from configs.errors import UserError
from data.formats.shared.pairing import SPLITS, split_of
from data.formats.shared.text_files import head, read_text, read_yaml
from data.formats.shared.tree import Tree
from data.label_space import MAX_CLASSES

IMAGES = "images"


@dataclass(frozen=True)
class DataYaml:
    """The file, its content, and the names of the classes by their number."""

    path: Path
    content: Mapping[str, Any]
    names: dict[int, str]


def find(tree: Tree) -> Path | None:
    """Return the YAML file at the top of the folder that has the key ``names``, or None."""
    files = [path for name, path in tree.files.items() if "/" not in name and name.lower().endswith((".yaml", ".yml"))]
    files.sort(key=lambda path: path.stem.lower() not in ("data", "dataset"))
    return next((path for path in files if f"\n{head(path)}".find("\nnames:") >= 0), None)


def read(tree: Tree) -> DataYaml:
    """Read ``data.yaml``. Raises ``UserError`` if it is missing or names no classes."""
    path = find(tree)
    if path is None:
        raise UserError(f"{tree.root}: holds no data.yaml with the key 'names'")
    content = read_yaml(path)
    names = content.get("names") if isinstance(content, Mapping) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, Mapping) or not 0 < len(names) < MAX_CLASSES:
        raise UserError(f"{path}: must have 1 to {MAX_CLASSES - 1} class names under the key 'names'")
    names = {int(number) if str(number).isdecimal() else number: name for number, name in names.items()}
    for number, name in names.items():
        if not isinstance(number, int) or not 0 <= number < MAX_CLASSES:
            raise UserError(f"{path}: names: has the number {number!r}; numbers go from 0 to {MAX_CLASSES - 1}")
        if not isinstance(name, str | int) or not str(name).strip():
            raise UserError(f"{path}: names: class {number} must have a name, not {name!r}")
    return DataYaml(path, content, {number: str(name).strip() for number, name in sorted(names.items())})


def pictures(tree: Tree, data: DataYaml) -> dict[str, dict[str, Path]]:
    """Return the pictures of every split by their path in the folder.

    The splits are those of ``data.yaml``, and without them those that the names of folders tell. Paths in it are often
    those of another computer, so they are taken from their end: the longest part that exists here counts.
    """
    known = tree.below("")
    found: dict[str, dict[str, Path]] = {}
    for key, split in SPLITS.items():
        entries = data.content.get(key)
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, str):
                found.setdefault(split, {}).update(_named(tree, known, entry))
    if not any(found.values()):
        for name, path in known.items():
            if IMAGES in name.lower().split("/"):
                found.setdefault(split_of(name), {})[name] = path
    return {split: dict(sorted(members.items())) for split, members in found.items() if members}


def _named(tree: Tree, known: Mapping[str, Path], entry: str) -> dict[str, Path]:
    """Return the pictures in a folder, or in a list of pictures, that ``data.yaml`` names."""
    for tail in _tails(entry):
        if tail.endswith(".txt") and tail in tree.files:
            lines = (line.strip() for line in read_text(tree.files[tail]).splitlines())
            chosen = (next((name for name in _tails(line) if name in known), None) for line in lines if line)
            return {name: known[name] for name in chosen if name}
        inside = {name: path for name, path in known.items() if not tail or name.startswith(f"{tail}/")}
        if inside and (tail or entry.strip("./") == ""):
            return inside
    return {}


def _tails(entry: str) -> Iterator[str]:
    """Yield a path without its first parts, the longest rest first.

    >>> list(_tails("../data/images/train"))
    ['data/images/train', 'images/train', 'train', '']
    """
    parts = [part for part in entry.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    yield from ("/".join(parts[start:]) for start in range(len(parts) + 1))


def mirrored(name: str, folder: str, suffix: str) -> str:
    """Return where the labels of a picture are: its path with ``folder`` for the last ``images``, and another suffix.

    >>> mirrored("train/images/a.jpg", "labels", ".txt"), mirrored("a.jpg", "labels", ".txt")
    ('train/labels/a.txt', 'a.txt')
    """
    parts = list(PurePosixPath(name).with_suffix(suffix).parts)
    places = [index for index, part in enumerate(parts[:-1]) if part == IMAGES]
    if places:
        parts[places[-1]] = folder
    return "/".join(parts)


def unused(tree: Tree, suffixes: tuple[str, ...], folder: str, used: set[Path]) -> list[str]:
    """Return the files below a folder called ``folder`` that belong to no picture."""
    return [
        name
        for name, path in tree.files.items()
        if path not in used and name.lower().endswith(suffixes) and folder in name.split("/")[:-1]
    ]
