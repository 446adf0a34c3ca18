"""YOLO's outlines: ``data.yaml``, pictures in ``images/``, and for each a text file in ``labels/``.

A line is ``class x1 y1 x2 y2 x3 y3 ...``. Where objects overlap, the smaller one lies on top. A picture without a label
file shows none of the classes: Ultralytics trains on it as background.

Source: https://docs.ultralytics.com/datasets/segment/
"""

from configs.errors import UserError
from data import polygons
from data.dataset import Pair
from data.formats.shared import mask_pictures, pairing, yolo_files
from data.formats.shared.contract import ClassTable, Labels, Listing, SourceClass, merged, with_background
from data.formats.shared.tree import Tree
from data.label_space import BACKGROUND, MAX_CLASSES

TITLE = "YOLO outlines"
UNCOVERED = BACKGROUND
NAMED = False
OBJECTS = True

_LABELS, _SUFFIX = "labels", ".txt"


def detect(tree: Tree) -> bool:
    """Return whether there are a ``data.yaml`` and label files."""
    return yolo_files.find(tree) is not None and bool(yolo_files.unused(tree, (_SUFFIX,), _LABELS, set()))


def listing(tree: Tree) -> Listing:
    """Pair the pictures of ``data.yaml`` with their label files, or with ``data.yaml`` if they have none."""
    data = yolo_files.read(tree)
    splits: dict[str, list[Pair]] = {}
    bare = []
    for split, pictures in yolo_files.pictures(tree, data).items():
        labels = {name: tree.files.get(yolo_files.mirrored(name, _LABELS, _SUFFIX)) for name in pictures}
        bare += [name for name, label in labels.items() if label is None]
        members = [Pair(pairing.id_of(name), path, labels[name] or data.path) for name, path in pictures.items()]
        pairing.add(splits, split, members)
    used = {pair.annotation for members in splits.values() for pair in members}
    if used <= {data.path}:
        raise UserError(f"{tree.root}: no picture has a label file; images/a.jpg should have labels/a.txt")
    notes = [f"{len(bare)} pictures have no label file, such as {bare[0]}: they are all background."] if bare else []
    return Listing(splits, (), yolo_files.unused(tree, (_SUFFIX,), _LABELS, used), notes)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of ``data.yaml``."""
    data = yolo_files.read(tree)
    known = merged(SourceClass(name, (number,)) for number, name in data.names.items())
    known, background = with_background(known)
    return ClassTable(known, data.path.name, uncovered=background)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Draw the outlines of a picture."""
    if pair.annotation.suffix != _SUFFIX:
        return mask_pictures.nothing(size)
    numbers = [value for value in table.ids() if isinstance(value, int)] if table else []
    classes = min(max(numbers, default=MAX_CLASSES - 2) + 1, MAX_CLASSES - 1)
    outlines = polygons.read(pair.annotation, classes)
    objects = [
        (code, (left, top, width, height)) for code, left, top, width, height in polygons.boxes(outlines, size).tolist()
    ]
    return Labels(polygons.draw(outlines, size), (None, *range(classes)), objects)
