"""COCO's JSON files: which ones are in a folder, their categories, and where their pictures lie."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec

from configs.errors import UserError
from data.formats.shared.contract import SourceClass, merged
from data.formats.shared.pairing import SPLITS, split_of
from data.formats.shared.text_files import head, integer, text
from data.formats.shared.tree import Tree

_KEYS = re.compile(r'"(images|categories|annotations)"\s*:\s*\[')
_MOST_JSON = 200
"""In a folder with more JSON files, only those in folders called ``annotations`` can be COCO's."""

_OTHER_TASKS = ("captions", "person_keypoints", "image_info")


_Content = TypeVar("_Content")


class Image(msgspec.Struct, gc=False):
    """What a JSON file says of a picture; nothing of it is checked yet, also below."""

    id: Any = None
    file_name: Any = None
    height: Any = None
    width: Any = None


class Category(msgspec.Struct, gc=False):
    """What a JSON file says of a category."""

    id: Any = None
    name: Any = None
    color: Any = None
    isthing: Any = None


def once(parse: Callable[[Path], _Content]) -> Callable[[Path], _Content]:
    """Return ``parse`` so that it parses a file again only when it has changed; the content of four files is kept.

    Raises ``UserError`` if there is no such file.
    """

    @lru_cache(maxsize=4)
    def of_version(path: Path, changed: int, size: int) -> _Content:
        return parse(path)

    @wraps(parse)
    def current(path: Path) -> _Content:
        try:
            status = path.stat()
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror})") from error
        return of_version(path, status.st_mtime_ns, status.st_size)

    return current


@dataclass(frozen=True)
class CocoFile:
    """A JSON file by its path in the folder, and the split it is about."""

    name: str
    path: Path
    split: str


def find(tree: Tree, *, panoptic: bool) -> list[CocoFile]:
    """Return COCO's JSON files, one per split: panoptic ones, or those of instances, or else of stuff.

    Raises ``UserError`` if there are several for a split.
    """
    names = [name for name in tree.below("", (".json",)) if not PurePosixPath(name).name.startswith(_OTHER_TASKS)]
    if len(names) > _MOST_JSON:
        names = [name for name in names if "annotations" in name.lower().split("/")][:_MOST_JSON]
    heads = {name: head(tree.files[name]) for name in names}
    chosen = [
        name
        for name, start in heads.items()
        if _KEYS.search(start) and ("panoptic" in name.lower() or '"segments_info"' in start) == panoptic
    ]
    for kind in ("instances", "stuff"):
        if any(kind in name.lower() for name in chosen) and not panoptic:
            chosen = [name for name in chosen if kind in name.lower()]
            break
    files: dict[str, CocoFile] = {}
    for name in chosen:
        split = _split(name)
        if split in files:
            raise UserError(
                f"{tree.root}: both {files[split].name} and {name} may describe {split or 'the pictures'}; keep one of "
                "them in the folder"
            )
        files[split] = CocoFile(name, tree.files[name], split)
    return list(files.values())


def _split(name: str) -> str:
    """Return the split of a file such as ``annotations/instances_val2017.json`` or ``valid/_annotations.coco.json``."""
    words = re.split(r"[^a-z]+", PurePosixPath(name).stem.lower())
    return next((SPLITS[word] for word in words if word in SPLITS), split_of(name))


def categories(found: Iterable[Category], origin: str) -> dict[int, SourceClass]:
    """Return the categories of a file by their number. Raises ``UserError``, naming ``origin``, if they are invalid."""
    known = {}
    for one in found:
        number = integer(one.id, f"{origin}: the id of a category")
        name = text(one.name, f"{origin}: the name of category {number}").strip()
        known[number] = SourceClass(name, (number,), _colour(one.color))
    return known


def classes(files: Iterable[tuple[str, Mapping[int, SourceClass]]]) -> tuple[SourceClass, ...]:
    """Return the classes of several files, by number. Raises ``UserError`` if they disagree about a number."""
    known: dict[int, SourceClass] = {}
    for origin, found in files:
        for number, one in found.items():
            if known.setdefault(number, one).name != one.name:
                raise UserError(f"{origin}: category {number} is {one.name!r}, but {known[number].name!r} elsewhere")
    return merged(known[number] for number in sorted(known))


def _colour(value: Any) -> str | None:
    """Return the colour of a category, as panoptic files have it, or None."""
    if isinstance(value, list) and len(value) == 3 and all(isinstance(one, int) and 0 <= one <= 255 for one in value):
        return "#" + bytes(value).hex()
    return None


class Pictures:
    """Finds the pictures that a JSON file names: beside it, in the usual folders, or else by an unambiguous name."""

    def __init__(self, tree: Tree, file: CocoFile) -> None:
        self._tree, self._origin = tree, file.name
        here = str(PurePosixPath(file.name).parent).removeprefix(".")
        base = str(PurePosixPath(here).parent).removeprefix(".") if here else ""
        split = re.sub(r"^.*_", "", PurePosixPath(file.name).stem)  # instances_train2017: train2017
        places = [here, f"{here}/images", f"images/{split}", split, f"images/{file.split}", file.split, "images", ""]
        self._bases = list(dict.fromkeys([*places, *(f"{base}/{place}".strip("/") for place in places)]))
        self._by_name: dict[str, list[Path]] = {}
        for name, path in tree.below("").items():
            self._by_name.setdefault(name.rpartition("/")[2], []).append(path)

    def find(self, file_name: str) -> Path | None:
        """Return the picture called ``file_name``, or None if it is not there.

        Raises ``UserError`` if the name leads out of the folder or fits several pictures.
        """
        for base in self._bases:
            if found := self._tree.named(file_name, base.strip("/"), self._origin):
                return found
        others = self._by_name.get(PurePosixPath(file_name.replace("\\", "/")).name, [])
        if len(others) > 1:
            raise UserError(
                f"{self._origin}: {file_name!r} may be {' or '.join(self._tree.relative(one) for one in others[:2])}; "
                "name the picture by its path"
            )
        return others[0] if others else None
