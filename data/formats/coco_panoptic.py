"""COCO panoptic: a PNG per picture whose colours number its segments, and a JSON that says what each segment is.

A segment's number is red + 256 green + 65536 blue; 0 is void.

Source: https://cocodataset.org/#format-data and https://github.com/cocodataset/panopticapi
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import numpy as np

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared import coco_files, mask_pictures, pairing
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass, Value
from data.formats.shared.text_files import decode_json, integer, text
from data.formats.shared.tree import Tree

TITLE = "COCO panoptic"
UNCOVERED = VOID
NAMED = False
OBJECTS = False


class _Segment(msgspec.Struct, gc=False):
    """One segment of a mask."""

    id: Any = None
    category_id: Any = None


class _Annotation(msgspec.Struct, gc=False):
    """The mask of a picture."""

    segments_info: list[_Segment]
    image_id: Any = None
    file_name: Any = None


class _File(msgspec.Struct):
    """What is read of a JSON file."""

    images: list[coco_files.Image]
    annotations: list[_Annotation]
    categories: list[coco_files.Category]


@dataclass(frozen=True)
class _Content:
    """A JSON file: its categories, which of them are stuff, the names of its pictures and masks, and their segments."""

    categories: dict[int, SourceClass]
    stuff: frozenset[str]
    pictures: dict[str, str]
    segments: dict[str, dict[int, int]]


def detect(tree: Tree) -> bool:
    """Return whether there is a JSON file with ``segments_info``, or called panoptic."""
    return bool(coco_files.find(tree, panoptic=True))


def listing(tree: Tree) -> Listing:
    """Find the pictures and masks that the JSON files name."""
    splits: dict[str, list[Pair]] = {}
    bare: list[str] = []
    missing: list[str] = []
    used: set[Path | None] = set()
    for file in coco_files.find(tree, panoptic=True):
        content, pictures, members = _read(file.path), coco_files.Pictures(tree, file), []
        folder = tree.folder(pairing.key_of(file.name), *_beside(file.name)) or str(PurePosixPath(file.name).parent)
        for mask_name, picture_name in content.pictures.items():
            picture, mask = pictures.find(picture_name), tree.named(mask_name, folder.removeprefix("."), file.name)
            used |= {picture, mask}
            if picture is None or mask is None:
                (missing if picture is None else bare).append(f"{file.name}: {picture_name}")
            else:
                name = pairing.id_of(picture_name)
                members.append(Pair(name, picture, mask, key=mask_name, support=(file.path,)))
        pairing.add(splits, file.split, members)
    if not splits:
        raise UserError(f"{tree.root}: holds no picture and mask that a panoptic JSON file names")
    left = [name for name, path in tree.below("").items() if path not in used]
    return Listing(splits, [*bare, *left], missing)


def _beside(name: str) -> tuple[str, ...]:
    """Return the folders that may hold the masks of a JSON file, ``annotations/panoptic_val2017.json``."""
    path = PurePosixPath(name)
    return path.stem, f"{path.parent}/masks", "masks", "panoptic_masks", f"{path.parent.parent}/{path.stem}"


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the categories, and void for uncovered pixels."""
    files = coco_files.find(tree, panoptic=True)
    known = coco_files.classes((file.name, _read(file.path).categories) for file in files)
    stuff = {name for file in files for name in _read(file.path).stuff}
    void = () if any(one.name == VOID for one in known) else (SourceClass(VOID, ()),)
    named = tuple(one.name for one in known if one.name in stuff)
    return ClassTable((*known, *void), files[0].name, VOID, VOID, named)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the categories of a picture's segments."""
    segments = _read(pair.support[0]).segments[pair.key]
    codes, colours = mask_pictures.distinct_colours(mask_pictures.read_rgb(pair.annotation, size))
    numbers = [(colour >> 16) + 256 * (colour >> 8 & 255) + 65536 * (colour & 255) for colour in map(int, colours)]
    for number in numbers:
        if number and number not in segments:
            raise UserError(
                f"{pair.annotation}: holds the segment {number}, which {pair.support[0].name} does not have"
            )
    categories = [segments[number] if number else None for number in numbers]
    values: list[Value | None] = list(dict.fromkeys(categories))
    return Labels(np.array([values.index(one) for one in categories], np.int32)[codes], values)


@coco_files.once
def _read(path: Path) -> _Content:
    content = decode_json(path, _File)
    categories = coco_files.categories(content.categories, str(path))
    stuff = {categories[int(one.id)].name for one in content.categories if one.isthing == 0}
    names = {}
    for image in content.images:
        number = integer(image.id, f"{path}: the id of an image")
        names[number] = text(image.file_name, f"{path}: the file_name of image {number}")
    pictures, segments = {}, {}
    for one in content.annotations:
        mask = text(one.file_name, f"{path}: the file_name of an annotation")
        number = integer(one.image_id, f"{path}: the image_id of {mask}")
        if number not in names:
            raise UserError(f"{path}: {mask} is about image {number}, which the file does not have")
        pictures[mask] = names[number]
        segments[mask] = _segments(one.segments_info, categories, f"{path}: {mask}")
    return _Content(categories, frozenset(stuff), pictures, segments)


def _segments(found: list[_Segment], categories: dict[int, SourceClass], origin: str) -> dict[int, int]:
    """Return the category of each segment of a mask."""
    known = {}
    for segment in found:
        number = integer(segment.id, f"{origin}: the id of a segment", 1)
        known[number] = integer(segment.category_id, f"{origin}: the category_id of segment {number}")
        if known[number] not in categories:
            raise UserError(f"{origin}: segment {number} is of category {known[number]}, which the file does not have")
    return known
