"""The folders of PASCAL VOC, which CVAT and Datumaro write too: JPEGImages, SegmentationClass and ImageSets."""

from collections.abc import Collection, Mapping
from pathlib import Path

from configs.errors import UserError
from data.class_codes import voc_colour
from data.dataset import Pair
from data.formats.shared import mask_pictures, pairing
from data.formats.shared.contract import Listing
from data.formats.shared.text_files import read_text
from data.formats.shared.tree import Tree

_PICTURES, _MASKS, _LISTS = "JPEGImages", "SegmentationClass", "ImageSets/Segmentation"
_LABEL_MAP = "labelmap.txt"


def bases(tree: Tree) -> list[str]:
    """Return the folders that hold a ``SegmentationClass``; the root is an empty text."""
    return [name.removesuffix(_MASKS).rstrip("/") for name in tree.folders() if f"/{name}".endswith(f"/{_MASKS}")]


def label_map(tree: Tree) -> Path | None:
    """Return the ``labelmap.txt`` of the dataset, or None if there is none."""
    found = [tree.files.get(_join(base, _LABEL_MAP)) for base in bases(tree)]
    return next(filter(None, found), None)


def listing(tree: Tree, all_background: Path | None) -> Listing:
    """Pair what the lists name, or all pictures that have a mask where there are no lists.

    A listed picture without a mask gets the annotation ``all_background``; without that it is left out. Raises
    ``UserError`` if there is not exactly one dataset in the folder, or no pair.
    """
    found = bases(tree)
    if len(found) != 1:
        raise UserError(f"{tree.root}: holds {len(found)} folders {_MASKS}; give the folder of a single dataset")
    base = found[0]
    images = pairing.unique_keys(tree.below(_join(base, _PICTURES)))
    masks = pairing.unique_keys(tree.below(_join(base, _MASKS), mask_pictures.SUFFIXES))
    lists = {split: [_key(line, images) for line in lines] for split, lines in _lists(tree, base).items()}
    lists = lists or {"": list(images.keys() & masks.keys())}
    splits: dict[str, list[Pair]] = {}
    listed = {name for members in lists.values() for name in members}
    for split, members in lists.items():
        usable = (name for name in members if name in images and (name in masks or all_background))
        pairing.add(splits, split, [_pair(name, images, masks, all_background) for name in sorted(set(usable))])
    if not any(splits.values()):
        raise UserError(f"{tree.root}: no picture in {_join(base, _PICTURES)} has a mask in {_join(base, _MASKS)}")
    bare = sorted(name for name in listed if name in images and name not in masks)
    unlisted = masks.keys() & images.keys() - listed
    notes = [f"{len(unlisted)} pictures with a mask are in no list and are left out."] if unlisted else []
    if bare and all_background:
        notes.append(f"{len(bare)} listed pictures have no mask, such as {bare[0]}: they are all background.")
    return Listing(
        splits,
        [] if all_background else bare,
        [f"{_MASKS}/{name}" for name in sorted(masks.keys() - images.keys())]
        + [f"{_LISTS}: {name}" for name in sorted(listed - images.keys() - masks.keys())],
        notes,
    )


def colour(value: int) -> str:
    """Return the colour of a number in VOC's palette.

    >>> colour(8), colour(15)
    ('#400000', '#c08080')
    """
    return f"#{voc_colour(value):06x}"


def _pair(name: str, images: Mapping[str, Path], masks: Mapping[str, Path], all_background: Path | None) -> Pair:
    annotation = masks.get(name) or all_background
    assert annotation is not None  # the caller asked
    return Pair(pairing.id_of(name + ".x"), images[name], annotation)


def _key(line: str, images: Collection[str]) -> str:
    """Return the name of the picture that a line of a list names, with or without a suffix, a folder and the mask."""
    words = line.split()
    candidates = (line, pairing.key_of(line), pairing.key_of(words[0].rpartition("/")[2]))
    return next((name for name in candidates if name in images), line)


def _lists(tree: Tree, base: str) -> dict[str, list[str]]:
    """Return the names in the lists of train, val and test; of other lists only if there are none of these."""
    files = tree.below(_join(base, _LISTS), (".txt",))
    known = {name: pairing.SPLITS.get(name.removesuffix(".txt").lower(), "") for name in files}
    wanted = [name for name, split in known.items() if split] or list(files)
    lists: dict[str, list[str]] = {}
    for name in wanted:
        lines = (line.strip() for line in read_text(files[name]).splitlines())
        lists.setdefault(known[name], []).extend(line for line in lines if line and not line.startswith("#"))
    return lists


def _join(base: str, name: str) -> str:
    return f"{base}/{name}" if base else name
