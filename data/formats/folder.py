"""Two folders, pictures and masks, such as ``images/`` and ``masks/``.

Splits may be folders inside them (``images/train``) or around them (``train/images``). Also read: ``train/`` beside
``trainannot/``, as SegNet's CamVid has it, and masks beside the pictures, as ``X.jpg`` and ``X_mask.png``. A mask holds
numbers (grey or palette), colours, or 0 and 255. Its name is that of its picture, possibly with an ending such as
``_mask``. The classes may be named by a table in the folder, such as ``classes.txt``.
"""

from collections.abc import Iterator

from configs.errors import UserError
from data import class_files
from data.dataset import Pair
from data.decode import SUFFIXES
from data.formats.shared import mask_pictures, pairing
from data.formats.shared.class_tables import from_file
from data.formats.shared.contract import ClassTable, Labels, Listing
from data.formats.shared.tree import Tree

TITLE = "pictures and masks in folders"
UNCOVERED = None
NAMED = False
OBJECTS = False

_IMAGES = ("images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "input", "inputs", "rgb", "image_2")
_MASKS = (
    *("masks", "mask", "labels", "label", "annotations/trimaps", "annotations", "annotation", "segmentationclass"),
    *("segmentation", "segmentations", "gt", "ground_truth", "groundtruth", "targets", "target", "seg", "semantic"),
)
_BESIDE = ("annot", "_annot", "_labels", "_masks", "_mask", "labels", "masks")
"""Endings of the name of a folder of masks that lies beside its folder of pictures."""
_ENDINGS = ("", "_mask", "-mask", ".mask", "_masks", "_label", "_labels", "_seg", "_segmentation", "_gt", "_L")
"""Endings of the names of masks."""
_TABLES = (
    *("classes.txt", "classes.csv", "classes.json", "classes.yaml", "labels.txt", "labelmap.txt", "class_dict.csv"),
    *("label_colors.txt", "codes.txt", "classes.names", "obj.names"),
)


def detect(tree: Tree) -> bool:
    """Return whether there are folders of pictures and of masks, or pictures with masks beside them."""
    return any(True for _ in _units(tree)) or bool(_flat(tree).pairs)


def listing(tree: Tree) -> Listing:
    """Pair the pictures and masks of every pair of folders."""
    splits: dict[str, list[Pair]] = {}
    without_mask: list[str] = []
    without_picture: list[str] = []
    notes: list[str] = []
    for split, images, masks in _units(tree):
        pictures, targets = tree.below(images), tree.below(masks, mask_pictures.SUFFIXES)
        if jpegs := tree.below(masks, (".jpg", ".jpeg")):
            notes.append(
                f"{masks} holds {len(jpegs)} JPEG files, such as {next(iter(jpegs))}, which are not read as masks: "
                "JPEG changes labels; export them as PNG."
            )
        found = pairing.pair(pictures, targets, _ENDINGS)
        pairing.add(splits, split, found.pairs)
        without_mask += [f"{images}/{key}" for key in found.without_mask]
        without_picture += [f"{masks}/{key}" for key in found.without_picture]
    if not splits and (flat := _flat(tree)).pairs:
        for pair in flat.pairs:
            splits.setdefault(pairing.split_of(tree.relative(pair.image)), []).append(pair)
        without_mask = flat.without_mask
    if not splits:
        hint = f". {notes[0]}" if notes else "; images/a.jpg should have masks/a.png"
        raise UserError(f"{tree.root}: holds no picture with a mask of the same name{hint}")
    return Listing(splits, without_mask, without_picture, notes)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of a table in the folder, if there is one."""
    known = {name.lower(): path for name, path in tree.files.items()}
    path = next((known[name] for name in _TABLES if name in known), None)
    return None if path is None else from_file(class_files.read(path), path.name)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)


def _units(tree: Tree) -> Iterator[tuple[str, str, str]]:
    """Yield the split, the folder of pictures and the folder of masks of every pair of folders."""
    folders = {name.lower(): name for name in tree.folders()}
    for lowered, name in folders.items():
        parent, _, last = lowered.rpartition("/")
        if last in _IMAGES:
            masks = next((folders[path] for one in _MASKS if (path := _join(parent, one)) in folders), None)
            if masks is not None:
                yield from _split_units(tree, name, masks)
        elif masks := next((folders[lowered + end] for end in _BESIDE if lowered + end in folders), None):
            yield pairing.split_of(lowered), name, masks


def _split_units(tree: Tree, images: str, masks: str) -> Iterator[tuple[str, str, str]]:
    """Yield one unit per split inside two folders, or one for both as they are."""
    folders = {name.lower(): name for name in tree.folders()}
    inside = [
        (split, folders[f"{images.lower()}/{name}"], folders[f"{masks.lower()}/{name}"])
        for name, split in pairing.SPLITS.items()
        if f"{images.lower()}/{name}" in folders and f"{masks.lower()}/{name}" in folders
    ]
    yield from inside or [(pairing.split_of(images), images, masks)]


def _flat(tree: Tree) -> pairing.Pairing:
    """Pair pictures with the masks that lie beside them."""
    masks = {
        name: path
        for name, path in tree.below("", mask_pictures.SUFFIXES).items()
        if pairing.key_of(name).endswith(_ENDINGS[1:])
    }
    pictures = {name: path for name, path in tree.below("", SUFFIXES).items() if name not in masks}
    return pairing.pair(pictures, masks, _ENDINGS[1:]) if masks else pairing.Pairing([], [], [])


def _join(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name
