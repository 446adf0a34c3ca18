"""Ultralytics' semantic data: ``data.yaml``, pictures in ``images/``, and PNGs in ``masks/`` (or ``masks_dir``).

A mask holds class numbers, and 255 where nothing is scored; ``label_mapping`` in ``data.yaml`` translates its numbers
first. With a single class, 1 is that class and 0 is the background.

Source: https://docs.ultralytics.com/datasets/semantic/
"""

from collections.abc import Mapping
from typing import Any

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared import mask_pictures, pairing, yolo_files
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass, merged
from data.formats.shared.tree import Tree
from data.formats.shared.yolo_files import DataYaml
from data.label_space import BACKGROUND, IGNORE

TITLE = "Ultralytics semantic"
UNCOVERED = None
NAMED = False
OBJECTS = False


def detect(tree: Tree) -> bool:
    """Return whether there are a ``data.yaml`` and masks in a folder ``masks``, or in the one that it names."""
    if yolo_files.find(tree) is None:
        return False
    return bool(yolo_files.unused(tree, (".png",), _folder(yolo_files.read(tree)), set()))


def listing(tree: Tree) -> Listing:
    """Pair the pictures of ``data.yaml`` with the masks of the same path."""
    data = yolo_files.read(tree)
    folder, splits, bare = _folder(data), dict[str, list[Pair]](), []
    for split, pictures in yolo_files.pictures(tree, data).items():
        masks = {name: tree.files.get(yolo_files.mirrored(name, folder, ".png")) for name in pictures}
        bare += [name for name, mask in masks.items() if mask is None]
        pairs = [Pair(pairing.id_of(name), pictures[name], mask) for name, mask in masks.items() if mask]
        pairing.add(splits, split, pairs)
    used = {pair.annotation for members in splits.values() for pair in members}
    if not used:
        raise UserError(f"{tree.root}: no picture has a mask; images/a.jpg should have {folder}/a.png")
    return Listing(splits, bare, yolo_files.unused(tree, (".png",), folder, used))


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of ``data.yaml``, with every number of the masks that ``label_mapping`` makes one of them."""
    data = yolo_files.read(tree)
    names = data.names if len(data.names) > 1 else {0: BACKGROUND, 1: next(iter(data.names.values()))}
    mapping = _mapping(data)
    become: dict[int, list[int]] = {}
    for number in range(256):
        become.setdefault(mapping.get(number, number), []).append(number)
    classes = merged(SourceClass(name, tuple(become.get(number, ()))) for number, name in names.items())
    void = SourceClass(VOID, tuple(become.get(IGNORE, (IGNORE,))))
    return ClassTable((*classes, void), data.path.name, void=VOID)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)


def _folder(data: DataYaml) -> str:
    folder = data.content.get("masks_dir", "masks")
    if not isinstance(folder, str) or not folder or "/" in folder or folder.startswith("."):
        raise UserError(f"{data.path}: masks_dir must be the name of a folder beside images, not {folder!r}")
    return folder


def _mapping(data: DataYaml) -> dict[int, int]:
    """Return the number that each number of the masks stands for, where ``data.yaml`` says so."""
    content: Any = data.content.get("label_mapping") or {}
    if not isinstance(content, Mapping):
        raise UserError(f"{data.path}: label_mapping must be a mapping of numbers to numbers")
    mapping = {}
    for source, target in content.items():
        ignored = target is None or str(target).strip() == "ignore_label"
        try:
            mapping[int(source)] = IGNORE if ignored else int(target)
        except (TypeError, ValueError):
            raise UserError(f"{data.path}: label_mapping: {source!r}: {target!r} should be two numbers") from None
    return mapping
