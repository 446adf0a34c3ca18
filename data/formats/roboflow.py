"""Roboflow's "Semantic Segmentation Masks": ``_classes.csv``, pictures ``X.jpg`` and masks ``X_mask.png`` in a folder.

The file is recognised by its header, ``Pixel Value, Class``: other exports of Roboflow have another ``_classes.csv``.
"""

from pathlib import Path, PurePosixPath

from configs.errors import UserError
from data import class_files
from data.class_files import NamedClass
from data.dataset import Pair
from data.decode import SUFFIXES
from data.formats.shared import mask_pictures, pairing
from data.formats.shared.class_tables import from_file
from data.formats.shared.contract import ClassTable, Labels, Listing
from data.formats.shared.text_files import head, read_text
from data.formats.shared.tree import Tree

TITLE = "Roboflow semantic masks"
UNCOVERED = None
NAMED = False
OBJECTS = False

_TABLE, _ENDING = "_classes.csv", "_mask"


def detect(tree: Tree) -> bool:
    """Return whether there is a ``_classes.csv`` of numbers and classes."""
    return bool(_tables(tree))


def listing(tree: Tree) -> Listing:
    """Pair pictures and masks in every folder that has a table of classes."""
    splits: dict[str, list[Pair]] = {}
    bare: list[str] = []
    alone: list[str] = []
    for name in _tables(tree):
        folder = str(PurePosixPath(name).parent).removeprefix(".")
        files = {key: path for key, path in tree.below(folder).items() if "/" not in key}
        masks = {key: path for key, path in files.items() if key.lower().endswith(f"{_ENDING}.png")}
        pictures = {key: path for key, path in files.items() if key not in masks and key.lower().endswith(SUFFIXES)}
        found = pairing.pair(pictures, masks, (_ENDING,))
        pairing.add(splits, pairing.split_of(folder), found.pairs)
        bare += [f"{folder}/{key}".lstrip("/") for key in found.without_mask]
        alone += [f"{folder}/{key}".lstrip("/") for key in found.without_picture]
    if not splits:
        raise UserError(f"{tree.root}: holds no picture X.jpg with a mask X_mask.png beside it")
    return Listing(splits, bare, alone)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of the tables, which must agree."""
    tables = {name: _rows(path) for name, path in _tables(tree).items()}
    first, *others = tables
    for name in others:
        if tables[name] != tables[first]:
            raise UserError(f"{tree.root}: {first} and {name} name different classes")
    return from_file(tables[first], first)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)


def _tables(tree: Tree) -> dict[str, Path]:
    """Return the tables of classes by their path in the folder."""
    return {
        name: path
        for name, path in tree.files.items()
        if PurePosixPath(name).name == _TABLE and _header(path) == ["pixel value", "class"]
    }


def _header(path: Path) -> list[str]:
    return [cell.strip().lower() for cell in head(path).partition("\n")[0].split(",")]


def _rows(path: Path) -> list[NamedClass]:
    return class_files.parse(read_text(path), path.suffix, str(path))
