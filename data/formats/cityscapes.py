"""Cityscapes: ``leftImg8bit/<split>/<city>/`` and ``gtFine/<split>/<city>/`` (or ``gtCoarse``).

Of the labels of a picture, ``labelIds`` are read, else ``labelTrainIds``, else the polygons, drawn in the file's order
as Cityscapes' own scripts draw them. The classes are the 19 that are evaluated; all others are void.

Source: Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016; names, numbers and
colours: https://github.com/mcordts/cityscapesScripts
"""

from pathlib import PurePosixPath

import numpy as np
from PIL import Image, ImageDraw

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared import drawing, mask_pictures, pairing
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass, Value
from data.formats.shared.text_files import mapping, read_json, sequence, text
from data.formats.shared.tree import Tree

TITLE = "Cityscapes"
UNCOVERED = None
NAMED = False
OBJECTS = False

_CLASSES = (
    *(("road", 7, "#804080"), ("sidewalk", 8, "#f423e8"), ("building", 11, "#464646"), ("wall", 12, "#66669c")),
    *(
        ("fence", 13, "#be9999"),
        ("pole", 17, "#999999"),
        ("traffic light", 19, "#faaa1e"),
        ("traffic sign", 20, "#dcdc00"),
    ),
    *(("vegetation", 21, "#6b8e23"), ("terrain", 22, "#98fb98"), ("sky", 23, "#4682b4"), ("person", 24, "#dc143c")),
    *(("rider", 25, "#ff0000"), ("car", 26, "#00008e"), ("truck", 27, "#000046"), ("bus", 28, "#003c64")),
    *(("train", 31, "#005064"), ("motorcycle", 32, "#0000e6"), ("bicycle", 33, "#770b20")),
)
"""Name, number in ``labelIds`` and colour of the classes that are evaluated, in the order of their train ids."""

_OTHERS = {
    "unlabeled": 0,
    "ego vehicle": 1,
    "rectification border": 2,
    "out of roi": 3,
    "static": 4,
    "dynamic": 5,
    "ground": 6,
    "parking": 9,
    "rail track": 10,
    "guard rail": 14,
    "bridge": 15,
    "tunnel": 16,
    "polegroup": 18,
    "caravan": 29,
    "trailer": 30,
}
"""Names and numbers of the labels that are not evaluated."""

_NOT_DRAWN = "license plate"
"""Its number is -1: the car behind it stays."""

_STUFF = ("road", "sidewalk", "building", "wall", "fence", "vegetation", "terrain", "sky")
_PICTURE = "_leftImg8bit"
_KINDS = ("_labelIds.png", "_labelTrainIds.png", "_polygons.json")
_FOLDERS = ("gtFine", "gtCoarse")


def detect(tree: Tree) -> bool:
    """Return whether there are labels with Cityscapes' names."""
    return _kind(tree) is not None


def listing(tree: Tree) -> Listing:
    """Pair pictures and labels of the first kind that there is, by city and number."""
    kind = _kind(tree)
    if kind is None:
        raise UserError(f"{tree.root}: holds no labels with names such as berlin_000000_000019_gtFine_labelIds.png")
    folder, ending = kind
    pictures = {
        PurePosixPath(name).name.rpartition(_PICTURE)[0]: name
        for name in tree.below("")
        if _PICTURE in name.rpartition("/")[2]
    }
    labels = {
        PurePosixPath(name).name.removesuffix(f"_{folder}{ending}"): name
        for name in tree.files
        if name.endswith(f"_{folder}{ending}")
    }
    splits: dict[str, list[Pair]] = {}
    for key in sorted(pictures.keys() & labels.keys()):
        pair = Pair(key, tree.files[pictures[key]], tree.files[labels[key]])
        splits.setdefault(pairing.split_of(labels[key]), []).append(pair)
    if not splits:
        raise UserError(f"{tree.root}: holds no picture with a name such as berlin_000000_000019_leftImg8bit.png")
    return Listing(
        splits,
        [pictures[key] for key in pictures if key not in labels],
        [labels[key] for key in labels if key not in pictures],
    )


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the 19 classes, marked as the labels of the kind that is read mark them, and void for all others."""
    ending = listing.pairs[0].annotation.name
    void: tuple[Value, ...]
    marks: list[Value]
    if ending.endswith(_KINDS[0]):
        marks, void = [number for _, number, _ in _CLASSES], tuple(_OTHERS.values())
    elif ending.endswith(_KINDS[1]):
        marks, void = list(range(len(_CLASSES))), (255,)
    else:
        marks, void = [name for name, _, _ in _CLASSES], tuple(_OTHERS)
    classes = [SourceClass(name, (mark,), colour) for (name, _, colour), mark in zip(_CLASSES, marks, strict=True)]
    uncovered = VOID if ending.endswith(_KINDS[2]) else None
    everything = (*classes, SourceClass(VOID, void, "#000000"))
    return ClassTable(everything, "Cityscapes' own list", VOID, uncovered, _STUFF)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the labels of a picture."""
    if pair.annotation.suffix != ".json":
        return mask_pictures.read(pair.annotation, size, table)
    content = mapping(read_json(pair.annotation, drawing.MAX_JSON_BYTES), str(pair.annotation))
    drawing.check_size(content.get("imgHeight"), content.get("imgWidth"), size, pair.annotation)
    known = {name for name, _, _ in _CLASSES} | _OTHERS.keys()
    canvas, values = Image.new("I", (size[1], size[0])), list[Value | None]([None])
    draw = ImageDraw.Draw(canvas)
    for number, entry in enumerate(sequence(content.get("objects"), f"{pair.annotation}: objects")):
        origin = f"{pair.annotation}: object {number}"
        one = mapping(entry, origin)
        label = text(one.get("label"), f"{origin}: label")
        if label not in known:
            label = label.removesuffix("group")
        if one.get("deleted") or label == _NOT_DRAWN:
            continue
        if label not in values:
            values.append(label)
        corners = drawing.points(one.get("polygon"), origin)
        if len(corners) > 2:
            draw.polygon(corners, fill=values.index(label))
    return Labels(np.asarray(canvas), values)


def _kind(tree: Tree) -> tuple[str, str] | None:
    """Return the folder and the ending of the labels to read, or None if there are none."""
    for folder in _FOLDERS:
        for ending in _KINDS:
            if any(name.endswith(f"_{folder}{ending}") for name in tree.files):
                return folder, ending
    return None
