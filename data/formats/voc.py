"""PASCAL VOC: JPEGImages, SegmentationClass with numbers (grey or palette), and the lists in ImageSets/Segmentation.

The classes are VOC's own 21, and 255 is void, unless the folder has a table such as ``classes.txt``; a ``labelmap.txt``
makes it ``cvat``.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge: A Retrospective", IJCV 2015.
"""

from data.dataset import Pair
from data.formats.shared import class_tables, mask_pictures, voc_layout
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass
from data.formats.shared.tree import Tree
from data.label_space import IGNORE

TITLE = "PASCAL VOC"
UNCOVERED = None
NAMED = False
OBJECTS = False

_NAMES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("dining table", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train", "tv monitor"),
)
_VOID_COLOUR = "#e0e0c0"
_GUESSED = "The folder has no ImageSets and no list of classes: VOC's are a guess; --classes FILE names others."


def detect(tree: Tree) -> bool:
    """Return whether there is a SegmentationClass beside JPEGImages, and no ``labelmap.txt``."""
    return bool(voc_layout.bases(tree)) and voc_layout.label_map(tree) is None


def listing(tree: Tree) -> Listing:
    """Pair the pictures that the lists name with their masks."""
    return voc_layout.listing(tree, None)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of a table in the folder, or else VOC's own, with its own colours."""
    if own := class_tables.of_folder(tree, listing):
        return own
    classes = [SourceClass(name, (value,), voc_layout.colour(value)) for value, name in enumerate(_NAMES)]
    void = SourceClass(VOID, (IGNORE,), _VOID_COLOUR)
    notes = () if any("ImageSets/" in name for name in tree.files) else (_GUESSED,)
    origin = "PASCAL VOC's own list, as the folder has no list of classes"
    return ClassTable((*classes, void), origin, void=VOID, notes=notes)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)
