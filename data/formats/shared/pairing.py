"""Pair the pictures and masks of a folder by name, and tell its splits by the names of its folders."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from configs.errors import UserError
from data.dataset import Pair

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""Names that folders and lists of a split have, and the split."""

_YEAR = re.compile(r"[_-]?(?:19|20)\d\d|[_-]?set")
"""What may follow the name of a split, as in ``train2017``."""


@dataclass(frozen=True)
class Pairing:
    """Pairs, and the keys of the pictures and masks without a partner."""

    pairs: list[Pair]
    without_mask: list[str]
    without_picture: list[str]


def split_named(folder: str) -> str:
    """Return the split that the name of one folder stands for, or an empty text.

    >>> split_named("Validation"), split_named("train2017"), split_named("trains")
    ('val', 'train', '')
    """
    lowered = folder.lower()
    return next((split for word, split in SPLITS.items() if _is_split(lowered, word)), "")


def _is_split(lowered: str, word: str) -> bool:
    return lowered.startswith(word) and (lowered == word or _YEAR.fullmatch(lowered, len(word)) is not None)


def split_of(name: str) -> str:
    """Return the split that a path names by one of its folders, or an empty text.

    >>> split_of("images/Validation/berlin"), split_of("images")
    ('val', '')
    """
    return next(filter(None, map(split_named, name.split("/"))), "")


def key_of(name: str) -> str:
    """Return a path without its last suffix.

    >>> key_of("a.b/c.d.png")
    'a.b/c.d'
    """
    path = PurePosixPath(name)
    return str(path.with_suffix("") if path.name else path)


def id_of(name: str) -> str:
    """Return the id of a picture of that path: flat, because ids become file names, and without the split.

    >>> id_of("images/train/night/0001.jpg")
    'night__0001'
    """
    *folders, last = key_of(name).split("/")
    return "__".join([*(one for one in folders if not split_named(one) and one.lower() != "images"), last])


def unique_keys(files: Mapping[str, Path]) -> dict[str, Path]:
    """Return files by path without suffix. Raises ``UserError`` if two differ only in their suffix."""
    keyed: dict[str, Path] = {}
    for name, path in files.items():
        if (key := key_of(name)) in keyed:
            raise UserError(f"{path}: has the same stem as {keyed[key].name}, so the pairs are ambiguous")
        keyed[key] = path
    return keyed


_PICTURE_ENDINGS = ("_image", "_img", "_sat", "_rgb")
"""Endings of the names of pictures whose masks have another one, such as DeepGlobe's ``1_sat.jpg``, ``1_mask.png``."""


def pair(images: Mapping[str, Path], masks: Mapping[str, Path], endings: Iterable[str] = ("",)) -> Pairing:
    """Pair pictures with masks of the same path, which may have one of ``endings`` before its suffix.

    The mask of ``a.jpg`` may also be called ``a.jpg.png``, as Supervisely does. Of several masks of a picture, that of
    the first ending is taken. Raises as ``unique_keys`` does.
    """
    pictures, targets = unique_keys(images), unique_keys(masks)
    names = {key: key for key in pictures} | {name: key_of(name) for name in images if name not in pictures}
    for ending in _PICTURE_ENDINGS:
        for key in pictures:
            if has_ending(key, ending):
                names.setdefault(key[: len(key) - len(ending)], key)
    found: dict[str, str] = {}
    for ending in endings:
        for key in targets:
            if has_ending(key, ending) and (stem := key[: len(key) - len(ending)]) in names:
                found.setdefault(names[stem], key)
    used = set(found.values())
    return Pairing(
        [Pair(id_of(key + ".x"), pictures[key], targets[found[key]]) for key in sorted(found)],
        [key for key in pictures if key not in found and not _is_mask_of(key, pictures, endings)],
        [key for key in targets if key not in used and key not in found],
    )


def _is_mask_of(key: str, pictures: Mapping[str, Path], endings: Iterable[str]) -> bool:
    """Return whether a file among the pictures is the mask of another: both may lie in one folder."""
    return any(ending and has_ending(key, ending) and key[: len(key) - len(ending)] in pictures for ending in endings)


def has_ending(key: str, ending: str) -> bool:
    """Return whether a name ends so, in any case: ``a_Mask`` is the mask of ``a``."""
    return key.lower().endswith(ending.lower())


def add(splits: dict[str, list[Pair]], split: str, members: Sequence[Pair]) -> None:
    """Add pairs to a split. Raises ``UserError`` if one has the id of another."""
    known = {pair.id: pair for pair in splits.get(split, [])}
    for member in members:
        if member.id in known:
            raise UserError(f"{member.image}: has the same name as {known[member.id].image}; rename one of them")
        known[member.id] = member
    if known:
        splits[split] = [known[key] for key in sorted(known)]
