"""CVAT's "Segmentation mask 1.1" and Datumaro's VOC: PASCAL VOC's folders with a ``labelmap.txt``.

The masks are coloured, and a colour is looked up in ``labelmap.txt``: its lines are sorted by name, so their order says
nothing. Only where a line has no colour, as Datumaro may write it, its number stands for one of VOC's colours. A
picture that is listed but has no mask was not annotated; CVAT means all of it to be background.
"""

from dataclasses import replace

from data import class_files
from data.dataset import Pair
from data.formats.shared import mask_pictures, voc_layout
from data.formats.shared.class_tables import from_file
from data.formats.shared.contract import ClassTable, Labels, Listing
from data.formats.shared.tree import Tree
from data.label_space import BACKGROUND

TITLE = "CVAT segmentation mask"
UNCOVERED = None
NAMED = False
OBJECTS = False


def detect(tree: Tree) -> bool:
    """Return whether there is a SegmentationClass with a ``labelmap.txt``."""
    return voc_layout.label_map(tree) is not None


def listing(tree: Tree) -> Listing:
    """Pair the pictures that the lists name with their masks, or with ``labelmap.txt`` if they have none."""
    return voc_layout.listing(tree, voc_layout.label_map(tree))


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes and colours of ``labelmap.txt``, the background first."""
    path = voc_layout.label_map(tree)
    if path is None:
        return None
    found = class_files.read(path)
    rows = [
        replace(row, name=row.name.rstrip(":"), colour=row.colour or voc_layout.colour(line))
        for line, row in enumerate(found)
    ]
    rows.sort(key=lambda row: row.name != BACKGROUND)
    table = from_file(rows, path.name)
    uncovered = BACKGROUND if any(row.name == BACKGROUND for row in rows) else None
    return ClassTable(table.classes, table.origin, table.void, uncovered)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture by colour; without a mask nothing is covered."""
    if pair.annotation.suffix.lower() not in mask_pictures.SUFFIXES:
        return mask_pictures.nothing(size)
    if table is not None and not table.by_colour:
        return mask_pictures.read(pair.annotation, size, table)
    return mask_pictures.by_colour(pair.annotation, size)
