"""The formats of segmentation datasets that other programs write: each module in this folder reads one.

A module is named after its format, with ``_`` for ``-``, and defines what ``Format`` lists; what several formats need
is in ``shared``.
"""

import importlib
import pkgutil
from typing import Protocol, cast

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared.contract import ClassTable, Labels, Listing
from data.formats.shared.tree import Tree

FALLBACK = "folder"
"""The format that is tried only when no other one matches, since it asks for nothing but pictures and masks."""


class Format(Protocol):
    """What a module in this folder defines."""

    TITLE: str
    """Its name for people."""
    UNCOVERED: str | None
    """Name of the class of pixels that no label covers; None if every pixel has a value."""
    NAMED: bool
    """Whether labels are names; else they are numbers, or colours."""
    OBJECTS: bool
    """Whether ``read`` tells objects of one class apart."""

    def detect(self, tree: Tree) -> bool:
        """Return whether a folder looks like this format, from file names and the beginning of few files."""

    def listing(self, tree: Tree) -> Listing:
        """Pair pictures and annotations. Raises ``UserError`` if the folder is not in this format."""

    def class_table(self, tree: Tree, listing: Listing) -> ClassTable | None:
        """Return the classes that the folder itself names, or None if it names none. Raises as ``listing`` does."""

    def read(self, pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
        """Read what marks each pixel of a picture of ``size`` (height, width); ``table`` says how, where that is open.

        Raises ``UserError``, naming the file, if it is damaged or belongs to a picture of another size.
        """


def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return tuple(sorted(name.replace("_", "-") for name in modules))


def get(name: str) -> Format:
    """Return the format called ``name``. Raises ``UserError``, listing the known ones, if there is none."""
    if name not in names():
        raise UserError(f"there is no format {name!r}; known are {', '.join(names())}")
    return cast(Format, importlib.import_module(f"{__name__}.{name.replace('-', '_')}"))


def detect(tree: Tree) -> str:
    """Return the name of the format that a folder is in. Raises ``UserError`` unless exactly one matches."""
    found = [name for name in names() if name != FALLBACK and get(name).detect(tree)]
    if not found and get(FALLBACK).detect(tree):
        return FALLBACK
    if not found:
        raise UserError(
            f"{tree.root}: is in no known format; it should hold pictures and masks, as images/ and masks/, or be in "
            f"one of {', '.join(names())}"
        )
    if len(found) > 1:
        raise UserError(f"{tree.root}: may be in the format {' or '.join(found)}; say which with --format")
    return found[0]
