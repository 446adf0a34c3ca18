"""COCO's JSON of instances or stuff: polygons and both kinds of run lengths, drawn by pycocotools.

Where objects overlap, the smaller one lies on top, so that it stays visible; a crowd counts as one object, and has no
box. Uncovered pixels are background, or void in a file of stuff, which is meant to cover everything. Categories keep
their names; their numbers may have gaps. Objects without an outline, which have a box only, are left out.

Source: https://cocodataset.org/#format-data
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared import coco_files, pairing
from data.formats.shared.class_tables import void_of
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass, Value, with_background
from data.formats.shared.text_files import decode_json, integer, mapping, sequence, text
from data.formats.shared.tree import Tree
from data.label_space import BACKGROUND

TITLE = "COCO instances or stuff"
UNCOVERED = BACKGROUND
NAMED = False
OBJECTS = True

_FAR = 4
"""How many times the size of the picture a corner may lie outside: pycocotools takes memory for the whole outline."""
_NOTHING, _LONGEST_NOTHING = (b"", b"null", b"[]", b"{}", b'""'), 16
"""What stands where there is no outline, and how long it may be with blanks in it."""


class _Object(msgspec.Struct, gc=False):
    """One annotation: its id, its picture, its category, whether it is a crowd, and its outline as in the file."""

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    iscrowd: Any = None
    segmentation: msgspec.Raw = msgspec.Raw()

    @property
    def is_outlined(self) -> bool:
        """Whether there is anything in ``segmentation``."""
        raw = memoryview(self.segmentation)
        return raw.nbytes > _LONGEST_NOTHING or bytes(raw).translate(None, b" \n\r\t") not in _NOTHING


class _File(msgspec.Struct):
    """What is read of a JSON file."""

    images: list[coco_files.Image]
    annotations: list[_Object]
    categories: list[coco_files.Category]


@dataclass(frozen=True)
class _Picture:
    """What a file knows about a picture; ``size`` is height and width."""

    size: tuple[int, int]
    objects: list[_Object]


@dataclass(frozen=True)
class _Content:
    """A JSON file: its categories by number, its pictures by name, and how many objects have no outline."""

    categories: dict[int, SourceClass]
    pictures: dict[str, _Picture]
    without_outline: int


def detect(tree: Tree) -> bool:
    """Return whether there is a JSON file with COCO's keys that is not panoptic."""
    return bool(coco_files.find(tree, panoptic=False))


def listing(tree: Tree) -> Listing:
    """Find the pictures that the JSON files name."""
    files = coco_files.find(tree, panoptic=False)
    if not files:
        raise UserError(f"{tree.root}: holds no JSON file in COCO's format")
    splits: dict[str, list[Pair]] = {}
    missing, used, boxes = [], set(), 0
    for file in files:
        content, pictures, members = _read(file.path), coco_files.Pictures(tree, file), []
        for name in content.pictures:
            path = pictures.find(name)
            if path is None:
                missing.append(f"{file.name}: {name}")
            else:
                members.append(Pair(pairing.id_of(name.replace("\\", "/")), path, file.path, key=name))
                used.add(path)
        pairing.add(splits, file.split, members)
        boxes += content.without_outline
    if not splits:
        raise UserError(f"{tree.root}: holds none of the {len(missing)} pictures that {files[0].name} names")
    left = [name for name, path in tree.below("").items() if path not in used]
    notes = [f"{boxes} objects have a box but no outline; they are left out."] if boxes else []
    return Listing(splits, left, missing, notes)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the categories, with background for uncovered pixels, or void if the files are about stuff."""
    files = coco_files.find(tree, panoptic=False)
    known = coco_files.classes((file.name, _read(file.path).categories) for file in files)
    stuff = all("stuff" in file.name.lower() for file in files)
    rest = VOID
    if not stuff:
        known, rest = with_background(known)
    elif all(one.name != VOID for one in known):
        known = (*known, SourceClass(VOID, ()))
    names = tuple(one.name for one in known if one.name != VOID) if stuff else ()
    return ClassTable(known, files[0].name, VOID if stuff else void_of(known), rest, names)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Draw the objects of a picture, one at a time."""
    origin = f"{pair.annotation}: {pair.key}"
    picture = _read(pair.annotation).pictures[pair.key]
    if picture.size != size:
        raise UserError(
            f"{origin}: is {picture.size[1]}x{picture.size[0]} there, but the picture is {size[1]}x{size[0]} "
            "(width x height)"
        )
    runs = [(one, _run_lengths(one, size, f"{origin}: annotation {one.id}")) for one in picture.objects]
    drawn = [(one, coded, float(coco_mask.area(coded))) for one, coded in runs if coded is not None]
    drawn.sort(key=lambda entry: -entry[2])
    values: list[Value | None] = [None, *(int(one.category_id) for one, _, _ in drawn)]
    codes = np.zeros(size, np.int32)
    objects = []
    for code, (one, coded, area) in enumerate(drawn, start=1):
        codes[coco_mask.decode(coded).astype(bool)] = code
        if area and one.iscrowd != 1:
            left, top, width, height = map(int, coco_mask.toBbox(coded))
            objects.append((code, (left, top, width, height)))
    return Labels(codes, values, objects)


@coco_files.once
def _read(path: Path) -> _Content:
    content = decode_json(path, _File)
    categories = coco_files.categories(content.categories, str(path))
    pictures: dict[int, tuple[str, _Picture]] = {}
    for image in content.images:
        number = integer(image.id, f"{path}: the id of an image")
        name = text(image.file_name, f"{path}: the file_name of image {number}")
        height = integer(image.height, f"{path}: the height of image {number}", 1)
        width = integer(image.width, f"{path}: the width of image {number}", 1)
        pictures[number] = name, _Picture((height, width), [])
    if len({name for name, _ in pictures.values()}) < len(pictures):
        raise UserError(f"{path}: has two images of the same file_name")
    boxes = 0
    for one in content.annotations:
        number = integer(one.image_id, f"{path}: the image_id of annotation {one.id}")
        category = integer(one.category_id, f"{path}: the category_id of annotation {one.id}")
        if number not in pictures or category not in categories:
            what = f"image {number}" if number not in pictures else f"category {category}"
            raise UserError(f"{path}: annotation {one.id} is about {what}, which the file does not have")
        if one.is_outlined:
            pictures[number][1].objects.append(one)
        else:
            boxes += 1
    return _Content(categories, dict(pictures.values()), boxes)


def _run_lengths(one: _Object, size: tuple[int, int], origin: str) -> dict[str, Any] | None:
    """Return the run lengths of an object as pycocotools has them, or None if it covers nothing."""
    try:
        outline = msgspec.json.decode(one.segmentation)
    except ValueError as error:
        raise UserError(f"{origin}: has an outline that cannot be read ({error})") from error
    if isinstance(outline, list):
        polygons = [_polygon(polygon, size, origin) for polygon in outline]
        polygons = [polygon for polygon in polygons if len(polygon) >= 6]  # fewer corners enclose nothing
        return coco_mask.merge(coco_mask.frPyObjects(polygons, *size)) if polygons else None
    coded = mapping(outline, f"{origin}: segmentation")
    if coded.get("size") != list(size):
        raise UserError(f"{origin}: has run lengths of the size {coded.get('size')}; the picture's is {list(size)}")
    counts = coded.get("counts")
    if isinstance(counts, str):
        runs = _decoded(counts, origin)
    else:
        runs = [integer(run, f"{origin}: a run length") for run in sequence(counts, f"{origin}: counts")]
    if min(runs, default=0) < 0 or sum(runs) != math.prod(size):  # pycocotools would write beyond the picture
        raise UserError(f"{origin}: has run lengths that add up to {sum(runs)} pixels, not to {math.prod(size)}")
    return coco_mask.frPyObjects({"size": list(size), "counts": runs}, *size)


def _polygon(polygon: Any, size: tuple[int, int], origin: str) -> list[float]:
    """Return the corners of a polygon, x and y in turn.

    Raises ``UserError`` if they are not numbers near the picture.
    """
    if not isinstance(polygon, list) or not all(type(number) in (int, float) for number in polygon) or len(polygon) % 2:
        raise UserError(f"{origin}: has an outline that is not a list of x and y in turn")
    limit = _FAR * max(size)
    if any(not -limit <= number <= limit for number in polygon):
        raise UserError(f"{origin}: has a corner that is more than {limit} pixels away")
    return [float(number) for number in polygon]


def _decoded(counts: str, origin: str) -> NDArray[np.int64] | list[int]:
    """Return the run lengths of a compressed text: 6 bits a letter, each number relative to the last but one."""
    runs: list[int] = []
    position = 0
    while position < len(counts):
        number, shift, more = 0, 0, True
        while more:
            letter = ord(counts[position]) - 48 if position < len(counts) else -1
            if not 0 <= letter < 64 or shift > 30:
                raise UserError(f"{origin}: has counts that are not COCO's run-length text")
            number |= (letter & 0x1F) << shift
            more, shift, position = bool(letter & 0x20), shift + 5, position + 1
            if not more and letter & 0x10:
                number |= -1 << shift
        runs.append(number + runs[-2] if len(runs) > 2 else number)
    return runs
